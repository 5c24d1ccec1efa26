//! Findings: what is wrong with a config, where, and how to mend it.
//!
//! The codes are a closed set and never change their meaning, so that a script or a page of the manual
//! can be keyed by them.

use std::{fmt, sync::Arc};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The config is refused.
    Error,
    /// The config runs, but hardly as meant.
    Warning,
    /// The config runs as it is written, and leaves out what many would want.
    Note,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal $severity:ident,)*) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])+ $name,)* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As printed: `C104`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How bad findings of this kind are.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it means, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)* }
            }
        }
    };
}

codes! {
    // Text and tables.
    /// The text is not TOML.
    Syntax = "C001" Error,
    /// A key or a whole entry is written twice, in one file or in two.
    DuplicateKey = "C002" Error,
    /// There is no table of this name.
    UnknownTable = "C003" Error,
    /// There is no key of this name here.
    UnknownKey = "C004" Error,
    /// A value has the wrong type.
    WrongType = "C005" Error,
    /// A key that has to be there is not.
    MissingKey = "C006" Error,
    /// The table `[site]` is missing.
    MissingSite = "C007" Error,
    /// The config is larger than any site needs.
    TooLarge = "C008" Error,
    /// A name holds other characters than letters, digits, `.`, `_` and `-`, or is too long.
    BadName = "C009" Error,
    /// A file the config needs can't be read.
    UnreadableFile = "C010" Error,
    /// A path leads out of the config directory.
    BadPath = "C011" Error,
    /// A list or text is empty that has to say something.
    Empty = "C012" Error,
    /// A file is not UTF-8 text.
    NotUtf8 = "C013" Error,

    // Values.
    /// A duration is not a number with a unit.
    BadDuration = "C101" Error,
    /// A duration or number is outside its range.
    OutOfRange = "C102" Error,
    /// A telephone number is not E.164.
    BadNumber = "C103" Error,
    /// An extension is not 2 to 6 digits.
    BadExtension = "C104" Error,
    /// A listening address is not `ADDRESS:PORT`.
    BadAddress = "C105" Error,
    /// The media port range is not `EVEN-ODD`, rising, with room for a call.
    BadPortRange = "C106" Error,
    /// The time zone is not in the IANA database.
    BadTimezone = "C107" Error,
    /// The country is not one whose numbers are known.
    BadCountry = "C108" Error,
    /// A domain or host is not a host name or address.
    BadHost = "C109" Error,
    /// An open range is not `HH:MM-HH:MM` with the end after the start.
    BadTime = "C110" Error,
    /// A date is not `YYYY-MM-DD` in the calendar.
    BadDate = "C111" Error,
    /// A word is not one of those a key knows.
    UnknownWord = "C112" Error,
    /// A network is not `ADDRESS/BITS`.
    BadNetwork = "C113" Error,
    /// A feature code is not `*` or `#` and one to five keys more.
    BadFeatureCode = "C114" Error,
    /// A range of slots for parked calls is not `FIRST-LAST`, rising and of one length.
    BadSlots = "C115" Error,
    /// A moment is not a date and a time of the site's zone.
    BadMoment = "C116" Error,

    // Names.
    /// No person has this name.
    NoSuchPerson = "C201" Error,
    /// No group has this name.
    NoSuchGroup = "C202" Error,
    /// No phone has this name.
    NoSuchPhone = "C203" Error,
    /// No trunk has this name.
    NoSuchTrunk = "C204" Error,
    /// No plan has this name.
    NoSuchPlan = "C205" Error,
    /// No menu has this name.
    NoSuchMenu = "C206" Error,
    /// No mailbox and no person has this name.
    NoSuchMailbox = "C207" Error,
    /// No schedule has this name.
    NoSuchHours = "C208" Error,
    /// No list has this name.
    NoSuchList = "C209" Error,
    /// No prompt has this name.
    NoSuchPrompt = "C210" Error,
    /// No dial rule has this class.
    NoSuchClass = "C211" Error,
    /// The number is not one of ours.
    NotOurNumber = "C212" Error,
    /// What leads somewhere is not `kind:name` of a known kind.
    UnknownKind = "C213" Error,
    /// A kind that can't stand here.
    WrongKind = "C214" Error,
    /// A person and a mailbox have the same name.
    NameTaken = "C215" Error,
    /// An extension is given twice.
    DuplicateExtension = "C216" Error,
    /// A member, trunk, number or address is listed twice.
    ListedTwice = "C217" Error,
    /// A number is given twice.
    DuplicateNumber = "C218" Error,
    /// A feature code begins with another, and nothing tells the two apart.
    CodesAlike = "C219" Error,
    /// No rota has this name.
    NoSuchRota = "C220" Error,

    // Conditions and hours.
    /// A condition can't be read.
    BadCondition = "C301" Error,
    /// A condition asks what the switch can't tell.
    UnknownQuestion = "C302" Error,
    /// A step has both `when` and `unless`.
    WhenAndUnless = "C303" Error,
    /// Open ranges of a day overlap.
    OverlappingHours = "C311" Error,
    /// A day of the week is set twice.
    DayTwice = "C312" Error,
    /// A schedule is never open.
    NeverOpen = "C313" Warning,
    /// A holiday is listed twice.
    HolidayTwice = "C314" Warning,

    // Plans.
    /// A plan has no steps.
    EmptyPlan = "C401" Error,
    /// A step does nothing.
    StepWithoutAction = "C402" Error,
    /// A step does two things.
    TwoActions = "C403" Error,
    /// A key has no meaning for what its step does.
    KeyDoesNotApply = "C404" Error,
    /// A plan can run off its end.
    NoTerminal = "C405" Error,
    /// No call can reach a step.
    UnreachableStep = "C406" Warning,
    /// A call could go round for ever without pressing a key.
    Loop = "C407" Error,
    /// No number, extension or key leads to a plan or menu.
    NothingLeadsHere = "C408" Warning,
    /// A step could ring more legs than a call may have.
    TooManyLegs = "C409" Error,
    /// Destinations are nested too deeply.
    NestedTooDeep = "C410" Error,
    /// The group's own overflow never applies, because the number's setting wins.
    ShadowedOverflow = "C411" Warning,
    /// Somebody is rung who has no phone.
    NobodyRings = "C412" Warning,
    /// Part of a number's shorthand is never reached.
    ShadowedShorthand = "C421" Warning,
    /// A number has a plan and shorthand.
    PlanAndShorthand = "C422" Error,
    /// A number leads nowhere.
    LeadsNowhere = "C423" Error,
    /// A menu does not say what silence does.
    MenuWithoutSilence = "C431" Error,
    /// A menu does not say what a wrong key does.
    MenuWithoutInvalid = "C432" Error,
    /// A menu has a key no telephone has.
    BadKey = "C433" Error,
    /// A menu has no keys.
    MenuWithoutKeys = "C434" Error,

    // Trunks, phones, sockets.
    /// A trunk has no host.
    TrunkWithoutHost = "C501" Error,
    /// A secret stands in the config itself.
    InlineSecret = "C502" Error,
    /// A trunk whose carrier asks for a password has no user or no secret.
    TrunkWithoutLogin = "C503" Error,
    /// A file that should hold one secret is empty or holds several lines.
    BadSecretFile = "C504" Error,
    /// Fail-over on a verdict about the callee, which every trunk would repeat.
    FailOverOnVerdict = "C505" Error,
    /// Two trunks can't be told apart by where their calls come from.
    TrunksAlike = "C506" Warning,
    /// Everybody on the machine may read or change a secret.
    ExposedSecret = "C507" Warning,
    /// An INVITE to a trunk may be too large for one datagram, and the trunk takes nothing else.
    LargeForDatagrams = "C508" Warning,
    /// A number is on its way to its trunk; meanwhile its calls are taken over any.
    StillPorting = "C509" Note,
    /// A number has another type than its digits say.
    NotItsType = "C510" Warning,
    /// A phone has neither person nor extension, so nothing rings it.
    IdlePhone = "C511" Error,
    /// There are phones, and no file of their secrets is named.
    NoPhoneSecrets = "C512" Error,
    /// A line of the phones' secrets can't be read.
    BadPhoneSecret = "C513" Error,
    /// A secret belongs to no phone.
    SecretOfNoPhone = "C514" Warning,
    /// A phone has two secrets of one algorithm.
    TwoPhoneSecrets = "C515" Error,
    /// A phone has a secret of MD5 and none of SHA-256.
    WeakPhoneSecret = "C516" Warning,
    /// Nothing listens for SIP.
    NothingListens = "C521" Error,
    /// A SIP port lies in the range of media ports.
    PortsOverlap = "C522" Error,
    /// The trunks have more channels than media has ports.
    TooFewPorts = "C523" Warning,
    /// A phone may come by one transport only, and nothing listens for it.
    NothingListensForPhone = "C524" Error,
    /// TLS is to be spoken, and no certificate or no key is named.
    TlsWithoutCertificate = "C531" Error,
    /// A file of certificates holds none that can be used.
    BadCertificate = "C532" Error,
    /// A key file holds no private key that can be used.
    BadKeyFile = "C533" Error,
    /// The private key belongs to another certificate.
    KeyOfAnother = "C534" Error,
    /// The certificate does not hold now: phones and carriers will not connect.
    CertificateExpired = "C535" Warning,
    /// The certificate ends soon.
    CertificateEnds = "C536" Warning,
    /// The certificate is not for the domain that phones register to.
    CertificateOfAnother = "C537" Warning,
    /// Calls are asked how far they are vouched for, and nobody is believed.
    NobodyBelieved = "C541" Error,

    // Out of the building.
    /// No dial rule takes a number that something forwards to.
    NoDialRule = "C601" Error,
    /// Two dial rules are for the same numbers.
    DialRulesAlike = "C602" Error,
    /// A class has a name that is already taken for calls inside.
    ReservedClass = "C603" Error,
    /// An extension is an emergency number and could never be rung.
    EmergencyShadowed = "C604" Error,
    /// Emergency calls have no trunk to go out by.
    EmergencyWithoutTrunk = "C605" Warning,
    /// An emergency number is not 2 to 6 digits.
    BadEmergencyNumber = "C606" Error,
    /// A pattern of a dial rule can't be read.
    BadPattern = "C607" Error,
    /// A value of Alert-Info is not a URI in angle brackets with its parameters.
    BadAlert = "C608" Error,
    /// A location is no PIDF-LO, or too large.
    BadLocation = "C609" Error,
    /// Somebody is to be told by mail, which is not sent.
    NoMail = "C610" Warning,
    /// An extension is a short number of the country, which nobody can dial any more.
    ShortShadowed = "C611" Warning,
    /// Who calls for help from a phone shows no number, so that nobody can call back.
    HelpWithoutNumber = "C612" Warning,
    /// No dial rule takes the country's short numbers, crisis lines among them.
    ShortsNotDialled = "C613" Note,
    /// Something is asked for that is read and not served yet.
    NotServedYet = "C614" Warning,
    /// Calls are recorded and nobody is told.
    RecordedUnawares = "C615" Warning,
    /// A rule forbids a class of numbers that no dial rule has.
    ClassOfNobody = "C616" Note,
    /// A trunk that is asked who calls does not say as whom it answers.
    UserUnsaid = "C617" Warning,

    // Prompts.
    /// A prompt can't be read; callers will hear nothing in its place.
    UnreadablePrompt = "C701" Warning,
    /// A prompt is not a WAV file that can be played; callers will hear nothing in its place.
    NotWav = "C702" Warning,

    // Money.
    /// A rate deck has a column that means nothing, or one twice.
    UnknownColumn = "C801" Error,
    /// A rate deck lacks a column that has to be there.
    MissingColumn = "C802" Error,
    /// A cell of a rate deck can't be read.
    BadRate = "C803" Error,
    /// Two rows of a rate deck are for the same calls.
    DoubledRate = "C804" Error,
    /// An amount of money can't be read.
    BadAmount = "C805" Error,
    /// A currency is not three capital letters.
    BadCurrency = "C806" Error,
    /// Spending is limited, and nothing says what calls cost.
    LimitWithoutDeck = "C807" Error,
    /// A dial rule is for numbers that have no price, so that nobody may dial them whose spending is limited.
    NoPrice = "C808" Warning,
    /// Somebody could spend more within an hour than anybody is to.
    TooExposed = "C809" Error,

    // Numbers that are tried.
    /// The time at which numbers are to be tried is none.
    BadProbeTime = "C816" Error,
    /// A number is to be tried that has no trunk to go out by.
    ProbeWithoutTrunk = "C817" Error,

    // What has to stay true.
    /// A test is about a call that could not come, or that runs through no plan.
    NoSuchCall = "C901" Error,
    /// A test or a rule expects nothing.
    ExpectsNothing = "C902" Error,
    /// Two tests have the same name.
    TestTwice = "C903" Error,
    /// A test assumes or expects what is no person, phone, group, number or step.
    NobodySuch = "C904" Error,
    /// A fact is none that a condition reads.
    NoSuchFact = "C905" Error,
    /// The address of a calendar is none that is fetched.
    BadCalendarAddress = "C906" Error,
    /// A calendar is fetched in clear, within the same machine.
    PlainCalendar = "C907" Note,
    /// A calendar was never fetched; its days are as every other day. A running switch refuses such a change.
    NeverFetched = "C908" Warning,
    /// A calendar can't be fetched; its last good copy counts.
    StaleCalendar = "C909" Warning,
    /// A test fails: its call goes elsewhere. A running switch refuses such a change.
    TestFails = "C911" Warning,
    /// A call breaks a rule that is to hold for every call. A running switch refuses such a change.
    RuleBroken = "C912" Warning,
    /// There are more ways that calls can go than are looked at for a rule.
    RuleUnproven = "C913" Warning,

    // Calendars.
    /// A calendar can't be read; its days are as every other day.
    UnreadableCalendar = "C921" Warning,
    /// Something in a calendar can't be read, and does not count.
    BadEvent = "C922" Warning,
    /// A calendar has no holidays in a year that has begun or is near.
    NoHolidays = "C923" Warning,
    /// An event of a calendar never takes place.
    NeverComes = "C924" Warning,
    /// A calendar has more in a year than anybody keeps.
    CrowdedYear = "C925" Warning,
    /// Who may be on duty is to be called outside, and can't be.
    NotOnCall = "C926" Warning,

    // Rotas.
    /// A rota has a calendar and turns of a week.
    TwoRotas = "C931" Error,
    /// The title of an event on a rota is the name of nobody.
    NobodyOfThatName = "C932" Warning,
    /// Nobody is on for a while.
    RotaGap = "C933" Warning,
    /// Two shifts of a rota meet.
    ShiftsMeet = "C934" Warning,

    // Queues.
    /// There is no queue of this name.
    NoSuchQueue = "C940" Error,
    /// A queue holds so many callers, and does not say where one more goes.
    FullUnsaid = "C941" Error,
    /// A queue bounds how long callers wait, and does not say where they go then.
    WaitUnsaid = "C942" Error,
    /// A queue has hours, and does not say where callers go when it closes.
    ClosedUnsaid = "C943" Error,
    /// More people are to be rung for a caller who has left by then, or was widened to already.
    WidensTooLate = "C944" Error,
    /// Whoever is to be rung besides the members of a queue is one.
    WidensToNobody = "C945" Warning,
    /// Callers of a queue may wait without an end.
    EndlessWait = "C946" Note,

    // The directory.
    /// A name in the directory has no letter that stands on a key.
    NotSpelled = "C947" Warning,

    // Languages.
    /// What comes with the switch can't be said in a language that is spoken; callers hear it in English.
    ShippedUnsaid = "C948" Warning,
    /// More languages are spoken than a site may speak.
    TooManyLanguages = "C949" Error,

    // Calls that come home.
    /// Calls that nobody takes are sent to a number of ours that sends them here again.
    ComesHome = "C950" Error,
    /// Calls are sent to a number of ours by way of a carrier.
    GoesOutToComeIn = "C951" Warning,

    // Music and speech.
    /// No music has this name.
    NoSuchMusic = "C960" Error,
    /// Nothing of some music can be played; who waits hears nothing.
    SilentMusic = "C961" Warning,
    /// The files of some music last longer together than anybody waits.
    LongMusic = "C962" Error,
    /// A text can't be said: nothing here speaks, or it failed.
    Unspoken = "C963" Error,
    /// Nothing here speaks now; what was said before is used.
    Mute = "C964" Warning,
    /// A text to be said is longer than anybody listens to.
    LongText = "C965" Error,
    /// A language is not written as in `en` or `de-AT`.
    BadLanguage = "C966" Error,
    /// Two prompts are recorded under one number.
    PromptNumberTwice = "C967" Error,
    /// A prompt is recorded by phone, and nobody may or can record it.
    NobodyRecords = "C968" Warning,
    /// A number under which a prompt is recorded is none.
    BadPromptNumber = "C969" Error,

    // Menus and follow-me.
    /// Callers may dial extensions at a menu, and nobody has one.
    NoExtensions = "C970" Warning,
    /// One key takes a call and declines it.
    ScreenKeysAlike = "C971" Error,
    /// Other keys take and decline a call than what is said names.
    ScreenUnsaid = "C972" Error,
    /// A mobile is to ring, and there is none, or nobody may call it.
    MobileNotRung = "C973" Warning,
    /// Calls are to be sent on to a number that nobody may call.
    NotSentOn = "C974" Warning,
    /// What a captured call says can't be read.
    BadPast = "C975" Error,
    /// A prompt with a variant for each language has none for one that is spoken.
    NoVariant = "C976" Warning,
    /// A prompt with a variant for each language has none for that of the site.
    NoSiteVariant = "C977" Error,
    /// A schedule or the directory can't be put into words in a language of some callers; they hear the site's.
    NoWordsThere = "C978" Warning,
    /// A step sets the language and leads nowhere.
    LanguageEnds = "C979" Error,

    // Contacts.
    /// There is no campaign of this name.
    NoSuchCampaign = "C980" Error,
    /// Conditions ask about more tags than are told apart.
    TooManyTags = "C981" Error,
    /// There is no type of numbers of this name.
    NoSuchType = "C982" Error,
    /// A step has no layers.
    NoLayer = "C983" Error,
    /// A step has a layer twice.
    LayerTwice = "C984" Error,
    /// A layer names somebody who has no phone.
    LayerWithoutPhone = "C985" Error,

    // Sentences.
    /// A schedule or the directory can't be put into words in the language of the site.
    NoWords = "C986" Error,
    /// A schedule has more names for its closed days than are said.
    NamesUnsaid = "C987" Warning,
    /// A queue is to let callers hear something before it answers them.
    QueueAnswers = "C988" Error,
    /// Callers are let look somebody up, and nobody is to be found.
    NobodyListed = "C989" Error,

    // Agents.
    /// There is no agent of this name.
    NoSuchAgent = "C990" Error,
    /// The address of an agent is none that calls can go to.
    BadTarget = "C991" Error,
    /// Nothing says how many calls an agent takes at once.
    ChannelsUnsaid = "C992" Warning,

    // Lines for texts.
    /// A number is a line for texts and something else.
    LineAndPlan = "C993" Error,
    /// What is to become of calls to lines for texts holds for none.
    NobodyFollows = "C994" Warning,
}

impl Code {
    /// Whether the finding may be owed to text that a syntax error hid.
    pub(crate) const fn needs_whole_text(self) -> bool {
        let id = self.id().as_bytes();
        // Names and what depends on them (C2xx and up), and missing keys and tables.
        id[1] >= b'2' || matches!(self, Self::MissingKey | Self::MissingSite | Self::Empty)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// One thing wrong with a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// The file, as its source was named.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// What is wrong, with the words of the config.
    pub message: String,
    /// How to mend it.
    pub mend: String,
    /// The line itself without control characters, or a window of it if it is long.
    pub text: String,
    /// Characters of `text` before the first that is meant.
    pub caret: u32,
    /// Characters that are meant; at least 1.
    pub width: u32,
    /// Another place that matters, as `file:line:column`: where a duplicate was first.
    pub other: Option<String>,
}

impl Finding {
    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl fmt::Display for Finding {
    /// The finding, its line with a caret below, and the mend.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let gutter = self.line.to_string();
        let blank = " ".repeat(gutter.len());
        writeln!(f, "{severity}[{}]: {}", self.code, self.message)?;
        writeln!(f, "{blank}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{blank} |")?;
        writeln!(f, "{gutter} | {}", self.text)?;
        let indent = " ".repeat(self.caret as usize);
        write!(f, "{blank} | {indent}{}", "^".repeat(self.width as usize))?;
        if let Some(other) = &self.other {
            write!(f, "\n{blank} = first: {other}")?;
        }
        write!(f, "\n{blank} = mend: {}", self.mend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_id_of_its_own_in_rising_order() {
        let ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(Code::ALL.iter().all(|code| !code.meaning().is_empty()));
    }
}
