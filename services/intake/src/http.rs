//! The routes of a desk.
