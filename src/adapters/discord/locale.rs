//! Discord's locales, and the bot's languages.

/// The language of one of Discord's locales.
pub fn language(locale: &str) -> &str {
    locale.split('-').next().unwrap_or(locale)
}

/// Discord's locales of a language.
pub fn locales(language: &str) -> Vec<&str> {
    match language {
        "es" => vec!["es-ES", "es-419"],
        other => vec![other],
    }
}
