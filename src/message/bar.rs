//! A progress bar in characters.

use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::core::split::rounded_down;

/// The cells of a progress bar.
const CELLS: i64 = 20;

/// A part of the whole, in hundredths of a percent, as a bar of text.
pub fn bar(progress: i64) -> Name {
    let full = rounded_down(progress.clamp(0, BasisPoints::ONE.into()).into(), CELLS.into(), BasisPoints::ONE.into())
        .unwrap_or(0);
    Name((0..CELLS).map(|cell| if cell < full { '█' } else { '░' }).collect())
}
