//! The program as a library, for memray, which follows what a Python interpreter runs.
#[path = "../../churn.rs"]
#[allow(dead_code)] // its main is the other form's
mod churn;
pub use churn::churn_short;
