//! Answers that say too much, too little, or it in the wrong type.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Bugs;
use crate::emulator::channel::Channel;
use crate::emulator::fault::Fault;
use crate::emulator::reply::Reply;

impl Bugs {
    /// Bends the answer of an initiation that sent `code` to `phone`.
    pub(crate) fn corrupt_send(&self, reply: &mut Reply, phone: &str, code: &str) {
        if !self.any() {
            return;
        }
        let (body, mask) = (&mut reply.body, Channel::of_address(phone).masked());
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let last_four = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
        let mut put = |fault, name: &str, value: Value| {
            if self.has(fault) {
                body[name] = value;
            }
        };
        put(Fault::MaskIsNull, mask, Value::Null);
        put(Fault::MaskIsANumber, mask, digits.parse::<u64>().unwrap_or_default().into());
        put(Fault::MaskIsTheNumber, mask, phone.into());
        put(Fault::MaskIsFourDigits, mask, last_four.into());
        put(Fault::AttemptsAreText, "verificationAttempts", "5".into());
        put(Fault::AttemptsAreNegative, "verificationAttempts", (-1).into());
        if mask == Channel::Email.masked() {
            put(Fault::MailMaskIsWhole, mask, phone.into());
            put(Fault::MailAnswersTheCode, "developmentCode", code.into());
        }
        put(Fault::CodeInTheBody, "code", code.into());
        put(Fault::CodeInBase64, "debug", BASE64_STANDARD.encode(code).into());
        put(Fault::CodeBackwards, "reference", code.chars().rev().collect::<String>().into());
        if self.has(Fault::MaskIsMissing)
            && let Some(members) = body.as_object_mut()
        {
            members.shift_remove(mask);
        }
        if self.has(Fault::SendAnswersAList) {
            *body = json!([]);
        }
        if self.has(Fault::SendAnswersText) {
            *body = "sent".into();
        }
        if self.has(Fault::SendAnswersNothing) {
            reply.raw = Some(String::new());
        }
        if self.has(Fault::CodeInAHeader)
            && let Ok(code) = code.parse()
        {
            reply.headers.insert("x-otp-debug", code);
        }
    }

    /// Bends the JWT response of a login.
    pub(crate) fn corrupt_login(&self, body: &mut Value) {
        if self.has(Fault::FirstSeenIsNeverTrue) {
            body["firstSeen"] = false.into();
        }
        if self.has(Fault::FirstSeenIsAlwaysTrue) {
            body["firstSeen"] = true.into();
        }
        if self.has(Fault::FirstSeenIsANumber) {
            body["firstSeen"] = u8::from(body["firstSeen"] == true).into();
        }
        if self.has(Fault::LoginLacksTheUser)
            && let Some(members) = body.as_object_mut()
        {
            members.shift_remove("user");
        }
    }

    /// Bends the user object of every answer.
    pub(crate) fn corrupt_user(&self, mut user: Value) -> Value {
        let Some(members) = user.as_object_mut().filter(|_| self.any()) else { return user };
        let mut put = |fault, name: &str, value: Value| {
            if self.has(fault) {
                members.insert(name.to_owned(), value);
            }
        };
        put(Fault::LoginIdsAreEmpty, "loginIds", json!([]));
        put(Fault::TestFlagIsLost, "test", false.into());
        if self.has(Fault::PhoneIsNeverVerified) {
            for name in ["verifiedPhone", "verifiedEmail"] {
                members.insert(name.to_owned(), false.into());
            }
        }
        if self.has(Fault::UserTextsAreNull) {
            let empty = members.values_mut().filter(|value| value.as_str() == Some(""));
            empty.for_each(|value| *value = Value::Null);
        }
        if self.has(Fault::UserLacksCreatedTime) {
            members.shift_remove("createdTime");
        }
        if self.has(Fault::UserLacksEmptyLists) {
            members.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
        }
        user
    }
}
