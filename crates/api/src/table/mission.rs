//! Missions and the settings of a bank.

commands! {}
