//! What AWS means by the names of its exceptions, which come in the header `x-amzn-errortype`, in the body's
//! `__type`, or as the name of a message inside a stream.
//!
//! Names and statuses are those of the service model of Bedrock and of AWS's common errors.

use crate::error::{ErrorKind, ProviderError};

/// Reads an error again, now that its AWS name is known: `ValidationException`, perhaps with an address
/// behind it or a namespace before it.
pub(crate) fn named(error: ProviderError, name: &str) -> ProviderError {
    let name = bare(name);
    let words = error.vendor_message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let mut error = ProviderError { kind: kind(name, &words).unwrap_or(error.kind), ..error };
    if !name.is_empty() {
        error.vendor_code = Some(name.to_owned());
    }
    // A wrong signature is answered with what should have been signed, session token and all.
    let dictated = error
        .vendor_message
        .as_mut()
        .and_then(|message| Some((message.find("The Canonical String")?, message)));
    if let Some((at, message)) = dictated {
        message.truncate(at);
        message.truncate(message.trim_end().len());
    }
    if error.detail.is_none() {
        error.detail = detail(name, &words).map(str::to_owned);
    }
    error
}

/// `com.amazon.coral.service#ExpiredTokenException:http://…` as `ExpiredTokenException`.
fn bare(name: &str) -> &str {
    let name = name.rsplit('#').next().unwrap_or(name);
    name.split(':').next().unwrap_or(name).trim()
}

/// The kind by the name, and by the words where a name means several things; `None` for other names.
fn kind(name: &str, words: &str) -> Option<ErrorKind> {
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    Some(match name.to_ascii_lowercase().as_str() {
        "unrecognizedclientexception"
        | "invalidsignatureexception"
        | "incompletesignatureexception"
        | "incompletesignature"
        | "signaturedoesnotmatch"
        | "invalidclienttokenid"
        | "missingauthenticationtokenexception"
        | "missingauthenticationtoken"
        | "expiredtokenexception"
        | "expiredtoken" => ErrorKind::Auth,
        // A wrong Bedrock API key has the name of a missing right.
        "accessdeniedexception" if says(&["authentication failed", "api key"]) => ErrorKind::Auth,
        "accessdeniedexception" => ErrorKind::Permission,
        "throttlingexception" | "toomanyrequestsexception" if says(&["per day"]) => ErrorKind::Quota,
        "throttlingexception" | "toomanyrequestsexception" => ErrorKind::RateLimit,
        "servicequotaexceededexception" => ErrorKind::Quota,
        "resourcenotfoundexception" => ErrorKind::UnknownModel,
        "modeltimeoutexception" => ErrorKind::Timeout,
        "internalserverexception"
        | "internalfailure"
        | "internalerror"
        | "serviceunavailableexception"
        | "serviceunavailable"
        | "modelerrorexception"
        | "modelnotreadyexception"
        | "modelstreamerrorexception" => ErrorKind::Overloaded,
        "validationexception" if says(&["on-demand throughput", "model identifier is invalid"]) => {
            ErrorKind::UnknownModel
        }
        "validationexception" if says(&["too long", "too many input tokens", "context window"]) => {
            ErrorKind::ContextLength
        }
        "validationexception" if says(&["operation not allowed"]) => ErrorKind::Permission,
        "validationexception" => ErrorKind::Invalid,
        _ => return None,
    })
}

/// What AWS's own words leave for the person to guess.
fn detail(name: &str, words: &str) -> Option<&'static str> {
    if words.contains("on-demand throughput") {
        return Some(
            "here it answers through an inference profile only; choose the one whose id ends in the model's, such as `us.` before it",
        );
    }
    if words.contains("signature expired") || words.contains("signature not yet current") {
        return Some("the time of the signature was refused; set this computer's clock right");
    }
    match name {
        "ExpiredTokenException" | "ExpiredToken" => {
            Some("the session token has expired; sign in again or enter new credentials")
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" => Some("AWS does not know the access key"),
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            Some("the secret access key does not belong to the access key, or the region is another one")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{from_answer, from_json};
    use serde_json::json;

    fn read(status: u16, name: &str, message: &str) -> ProviderError {
        named(from_answer(status, json!({ "message": message }).to_string().as_bytes()), name)
    }

    #[test]
    fn each_exception_is_read_as_what_it_means() {
        use ErrorKind::*;
        for (status, name, message, expected) in [
            (
                403,
                "AccessDeniedException",
                "You don't have access to the model with the specified model ID.",
                Permission,
            ),
            (
                403,
                "AccessDeniedException",
                "Authentication failed: Please make sure your API Key is valid.",
                Auth,
            ),
            (
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                Auth,
            ),
            (403, "InvalidSignatureException", "The request signature we calculated does not match", Auth),
            (403, "ExpiredTokenException", "The security token included in the request is expired", Auth),
            (429, "ThrottlingException", "Too many tokens, please wait before trying again.", RateLimit),
            (429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", Quota),
            (400, "ServiceQuotaExceededException", "exceeded", Quota),
            (404, "ResourceNotFoundException", "Could not resolve the foundation model", UnknownModel),
            (400, "ValidationException", "The provided model identifier is invalid.", UnknownModel),
            (400, "ValidationException", "Input is too long for requested model.", ContextLength),
            (
                400,
                "ValidationException",
                "The maximum tokens you requested exceeds the model limit of 8192.",
                Invalid,
            ),
            (400, "ValidationException", "Operation not allowed", Permission),
            (408, "ModelTimeoutException", "slow", Timeout),
            (424, "ModelErrorException", "broken", Overloaded),
            (429, "ModelNotReadyException", "not ready", Overloaded),
            (500, "InternalServerException", "oops", Overloaded),
            (503, "ServiceUnavailableException", "busy", Overloaded),
            (418, "TeapotException", "short and stout", Invalid),
        ] {
            let error = read(status, name, message);
            assert_eq!(error.kind, expected, "{name}: {message}");
            assert_eq!(error.vendor_code.as_deref(), Some(name));
            assert_eq!(error.vendor_message.as_deref(), Some(message));
        }
    }

    #[test]
    fn a_name_loses_its_namespace_and_its_address() {
        for name in [
            "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
            "com.amazon.coral.service#ValidationException",
        ] {
            assert_eq!(read(400, name, "no").vendor_code.as_deref(), Some("ValidationException"));
        }
    }

    #[test]
    fn what_aws_leaves_to_guess_is_told() {
        let on_demand = "Invocation of model ID m with on-demand throughput isn\u{2019}t supported.";
        for (name, message, expected) in [
            ("ValidationException", on_demand, "inference profile"),
            (
                "InvalidSignatureException",
                "Signature expired: 20261120T0 is now earlier than 20261120T1",
                "clock",
            ),
            ("ExpiredTokenException", "expired", "expired"),
        ] {
            let sentence = read(400, name, message).to_string();
            assert!(sentence.contains(expected), "{sentence}");
        }
    }

    #[test]
    fn what_should_have_been_signed_is_not_repeated() {
        let words = "The request signature does not match.\n\nThe Canonical String for this request should have been\nPOST\nx-amz-security-token:TOKEN";
        let error = read(403, "InvalidSignatureException", words);
        assert_eq!(error.vendor_message.as_deref(), Some("The request signature does not match."));
    }

    #[test]
    fn a_body_may_name_the_exception_itself_and_spell_message_large() {
        let body =
            json!({"__type": "com.amazon.coral#ExpiredTokenException", "Message": "The token is expired"});
        let error = from_json(&body, Some(400));
        assert_eq!(
            (error.kind, error.vendor_code.as_deref()),
            (ErrorKind::Auth, Some("ExpiredTokenException"))
        );
        assert_eq!(error.vendor_message.as_deref(), Some("The token is expired"));
    }
}
