//! How messages are declared: an enum for each domain, and one enum of all domains.
//!
//! What the program must know of a message stands beside its variant, in brackets after the fields:
//!
//! | role | meaning |
//! |---|---|
//! | `calls person` | the reply calls these people by handle; `calls person where paid`: only if `paid` is there |
//! | `of person` | the line is about this person |
//! | `asks log` | the reply asks for a yes to this log |
//! | `opens file` | the lines after it are a file of this name |
//! | `writes text` | it is a line of that file |
//! | `shows kept` | it shows these files, which lie beside the journal |
//! | `private` | only its reader is told |

use crate::core::name::Name;

/// A message as it is declared: its key in the command files, and its fields with their types.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// The key under which the command files keep its text.
    pub key: &'static str,
    /// Its fields, in the order of declaration.
    pub fields: &'static [DeclaredField],
    /// Its roles, as they are written in the code.
    pub roles: &'static [&'static str],
}

/// A field as it is declared.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredField {
    /// Its name.
    pub name: &'static str,
    /// Its type, as it is written in the code.
    pub of_type: &'static str,
    /// The alternatives that a text names in its place, with the type of what each shows: `""` for nothing to print.
    pub alternatives: &'static [(&'static str, &'static str)],
}

impl DeclaredField {
    /// The names by which a text finds it.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let own = self.alternatives.is_empty().then_some(self.name);
        own.into_iter().chain(self.alternatives.iter().map(|(name, _)| *name))
    }
}

/// A field that names people.
pub(super) trait Called {
    /// Their names.
    fn called(&self) -> &[Name];
}

impl Called for Name {
    fn called(&self) -> &[Name] {
        std::slice::from_ref(self)
    }
}

impl Called for Option<Name> {
    fn called(&self) -> &[Name] {
        self.as_slice()
    }
}

impl Called for Vec<Name> {
    fn called(&self) -> &[Name] {
        self
    }
}

/// Declares the messages of a domain: each variant with its documentation, its key, its fields, and its roles.
macro_rules! messages {
    ($(#[$meta:meta])* pub enum $name:ident {
        $( $(#[$doc:meta])* $variant:ident = $key:literal
            $({ $($field:ident : $type:ty),+ $(,)? })?
            $([ $($role:ident $($of:ident $(where $given:ident)?)?),+ ])?
        ),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[allow(missing_docs)] // the fields are named by the texts that show them
        pub enum $name {
            $( $(#[$doc])* #[serde(rename = $key)] $variant $({ $($field: $type),+ })? ),+
        }

        impl $name {
            /// Every message of the domain.
            pub const DECLARED: &'static [$crate::message::declare::Declaration] = &[
                $( $crate::message::declare::Declaration { key: $key, fields: &[$($(
                    $crate::message::declare::DeclaredField {
                        name: stringify!($field),
                        of_type: stringify!($type),
                        alternatives: <$type as $crate::message::field::Show>::ALTERNATIVES,
                    }
                ),+)?], roles: &[$($(stringify!($role $($of $(where $given)?)?)),+)?] } ),+
            ];

            /// The key under which the command files keep this message's text.
            pub fn key(&self) -> &'static str {
                match self { $( Self::$variant $({ $($field: _),+ })? => $key ),+ }
            }

            /// The fields by name, in the order of declaration.
            pub fn fields(&self) -> $crate::message::field::Fields {
                #[allow(unused_mut)] // some messages have no fields
                let mut fields = $crate::message::field::Fields::new();
                match self {
                    $( Self::$variant $({ $($field),+ })? => {
                        $($( $crate::message::field::Show::put($field, stringify!($field), &mut fields); )+)?
                    } ),+
                }
                fields
            }

            /// What the program must know of the message.
            #[allow(unused_variables)] // most fields have no role
            pub(super) fn roles(&self) -> $crate::message::declare::Roles<'_> {
                #[allow(unused_mut)]
                let mut roles = $crate::message::declare::Roles::default();
                match self {
                    $( Self::$variant $({ $($field),+ })? => {
                        $($( $crate::message::declare::role!(roles $role $($of $(where $given)?)?); )+)?
                    } ),+
                }
                roles
            }
        }
    };
}

/// Declares what a field says one of: each alternative with its documentation and the name that texts have for it,
/// some with a value that is shown.
macro_rules! one_of {
    ($(#[$meta:meta])* pub enum $name:ident {
        $( $(#[$doc:meta])* $variant:ident $(($value:ident : $type:ty))? = $key:literal ),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name { $( $(#[$doc])* #[serde(rename = $key)] $variant $(($type))? ),+ }

        impl $crate::message::field::Show for $name {
            const ALTERNATIVES: &'static [(&'static str, &'static str)] =
                &[$( ($key, concat!("", $(stringify!($type))?)) ),+];

            fn show(&self) -> $crate::message::field::Field {
                $crate::message::field::Field::Present
            }

            fn put(&self, _: &'static str, fields: &mut $crate::message::field::Fields) {
                let (own, field) = $crate::message::field::Alternative::alternative(self);
                let of = |name| if name == own { field.clone() } else { $crate::message::field::Field::Nothing };
                fields.extend(Self::ALTERNATIVES.iter().map(|(name, _)| (*name, of(*name))));
            }

            fn put_nothing(_: &'static str, fields: &mut $crate::message::field::Fields) {
                let nothing = $crate::message::field::Field::Nothing;
                fields.extend(Self::ALTERNATIVES.iter().map(|(name, _)| (*name, nothing.clone())));
            }
        }

        impl $crate::message::field::Alternative for $name {
            fn alternative(&self) -> (&'static str, $crate::message::field::Field) {
                match self {
                    $( Self::$variant $(($value))? => {
                        #[allow(unused_mut, unused_assignments)] // most alternatives have nothing to print
                        let mut field = $crate::message::field::Field::Present;
                        $( field = $crate::message::field::Show::show($value); )?
                        ($key, field)
                    } ),+
                }
            }
        }
    };
}

/// What the program must know of a message.
#[derive(Debug, Default)]
pub(super) struct Roles<'a> {
    pub(super) calls: &'a [Name],
    pub(super) of: &'a [Name],
    pub(super) asks: Option<crate::core::ids::LogId>,
    pub(super) opens: Option<&'a str>,
    pub(super) writes: Option<&'a str>,
    pub(super) shows: &'a [crate::core::ids::TextRef],
    pub(super) is_private: bool,
}

macro_rules! role {
    ($roles:ident calls $of:ident) => {
        $roles.calls = $crate::message::declare::Called::called($of)
    };
    ($roles:ident calls $of:ident where $given:ident) => {
        if $given.is_some() {
            $roles.calls = $crate::message::declare::Called::called($of);
        }
    };
    ($roles:ident of $of:ident) => {
        $roles.of = $crate::message::declare::Called::called($of)
    };
    ($roles:ident asks $of:ident) => {
        $roles.asks = Some(*$of)
    };
    ($roles:ident opens $of:ident) => {
        $roles.opens = Some($of.0.as_str())
    };
    ($roles:ident writes $of:ident) => {
        $roles.writes = Some($of.as_str())
    };
    ($roles:ident shows $of:ident) => {
        $roles.shows = $of
    };
    ($roles:ident private) => {
        $roles.is_private = true
    };
}

/// Declares the enum of all domains. In JSON, a message is only its own variant, as if there were no domains.
macro_rules! domains {
    ($(#[$meta:meta])* pub enum $name:ident { $( $(#[$doc:meta])* $domain:ident($type:ty) ),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[serde(untagged)]
        pub enum $name { $( $(#[$doc])* $domain($type) ),+ }

        $( impl From<$type> for $name {
            fn from(message: $type) -> Self {
                $name::$domain(message)
            }
        } )+

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                let message = serde_json::Value::deserialize(deserializer)?;
                let key = message.as_str().or_else(|| message.as_object()?.keys().next().map(String::as_str)).unwrap_or_default();
                $( if <$type>::DECLARED.iter().any(|declared| declared.key == key) {
                    return serde_json::from_value(message).map($name::$domain).map_err(D::Error::custom);
                } )+
                Err(D::Error::custom(format!("there is no message `{key}`")))
            }
        }

        impl $name {
            /// Every message of every domain.
            pub fn declared() -> impl Iterator<Item = &'static $crate::message::declare::Declaration> {
                [$( <$type>::DECLARED ),+].into_iter().flatten()
            }

            /// The key under which the command files keep this message's text.
            pub fn key(&self) -> &'static str {
                match self { $( $name::$domain(message) => message.key() ),+ }
            }

            /// The fields by name, in the order of declaration.
            pub fn fields(&self) -> $crate::message::field::Fields {
                match self { $( $name::$domain(message) => message.fields() ),+ }
            }

            pub(super) fn roles(&self) -> $crate::message::declare::Roles<'_> {
                match self { $( $name::$domain(message) => message.roles() ),+ }
            }
        }
    };
}

pub(super) use {domains, messages, one_of, role};
