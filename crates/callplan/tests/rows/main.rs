//! The catalogue row by row: what it promises of numbers, groups, menus, forwarding, hours and relations.
//!
//! Each test is named for its row of the catalogue (PRODUCT §1.1 to 1.4 and 1.7). A row that is not served yet has
//! none, and what a test does not show of a row is not served yet either. What a call comes to is what `explain` says,
//! whose timeline is held against the wire elsewhere.

mod catalogue;
mod desk;
mod directory;

mod forwarding;
mod groups;
mod menus;
mod numbers;
mod relations;
