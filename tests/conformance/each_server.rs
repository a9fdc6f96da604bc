//! From one test in the source to one test for each server: `#[apply(each_server)] async fn a_name(subject: Subject)`.
//!
//! The tests are called `…::a_name::hindsight` and `…::a_name::embedded`, so that a word after `cargo test` picks a server.
//! Another server is one more function here and one more arm in `Subject::of`.

/// Turns a test that takes a [`crate::subject::Subject`] into a module with a test for each server.
macro_rules! each_server {
    ($(#[$attribute:meta])* async fn $name:ident($subject:ident: Subject) $body:block) => {
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn test($subject: Subject) $body

            #[tokio::test]
            async fn hindsight() {
                let which = crate::subject::Which::Hindsight;
                crate::differences::run(which, module_path!(), test).await;
            }

            #[tokio::test]
            async fn embedded() {
                let which = crate::subject::Which::Embedded;
                crate::differences::run(which, module_path!(), test).await;
            }
        }
    };
}
pub(crate) use each_server;
