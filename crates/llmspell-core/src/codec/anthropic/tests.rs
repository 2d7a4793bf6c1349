pub(super) mod answers;
pub(super) mod requests;
