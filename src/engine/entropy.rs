//! Randomness for salts, codes and ids.

/// A source of thirty-two random bytes, fresh each time.
pub type Entropy = Box<dyn FnMut() -> [u8; 32] + Send>;
