//! Ids: positions in the tables of a [`Site`](super::Site), valid for that site only.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its table.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            /// # Panics
            /// Never: a text of at most 4 GiB cannot declare as many entries.
            fn from(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables are shorter than the text that declares them"))
            }
        }
    )*};
}

ids! {
    /// A person: state, permissions, an extension, any number of phones.
    PersonId;
    /// A phone: what registers, with credentials of its own.
    PhoneId;
    /// A ring group.
    GroupId;
    /// A queue.
    QueueId;
    /// A trunk to a carrier.
    TrunkId;
    /// A mailbox, a person's own or a named one.
    MailboxId;
    /// A menu.
    MenuId;
    /// A schedule of opening hours.
    HoursId;
    /// A rota.
    RotaId;
    /// An agent.
    AgentId;
    /// A campaign.
    CampaignId;
    /// A tag of contacts that some condition asks about, below [`TagSet::MAX`](super::TagSet::MAX).
    TagId;
    /// A list of callers.
    ListId;
    /// A prompt file.
    PromptId;
    /// A language that callers are spoken to in; the first is the site's.
    LanguageId;
    /// Music for those who wait.
    MusicId;
    /// A plan, written or built in.
    PlanId;
    /// A node of the graph. The first nodes are the plans' entries: node `n` is where plan `n` begins.
    NodeId;
    /// A number the site owns.
    NumberId;
    /// A dial rule.
    DialId;
    /// A class of destinations, the word used in `allow`.
    ClassId;
}
