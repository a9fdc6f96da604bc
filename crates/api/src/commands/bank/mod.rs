//! Handlers of the room `bank` of the table: banks and all that is set, kept and logged in them.

pub mod alias;
pub mod audit;
pub mod banks;
pub mod config;
pub mod directive;
pub mod follow;
pub mod knowledge;
pub mod lab;
pub mod llm_request;
pub mod mental_model;
pub mod mission;
pub mod moves;
pub mod observation;
pub mod operation;
pub mod stats;
pub mod template;
pub mod webhook;
