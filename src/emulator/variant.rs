//! Legitimate ways to be different: one flat list; a harness must acquit a server with any of them on.

use super::channel::Channel;
use super::switch::switches;

switches! {
    /// A way in which a right server may differ from this one; its document names the freedom it takes.
    Variant is a "variant" {
        EmptyInitiationBody "empty-initiation-body" []
            "A send is answered with {}, as the prose of the reference page has it (docs: OTP / SMS / Sign-In with Auto Sign-up).";
        NoVerificationAttempts "no-verification-attempts" []
            "A send is answered with maskedPhone alone, as older pages show it; verificationAttempts is optional.";
        MaskWithCrosses "mask-with-crosses" []
            "maskedPhone is filled with X: fixtures of official SDKs disagree about the filler.";
        MaskKeepsFour "mask-keeps-four" []
            "maskedPhone shows asterisks and the last four digits, as other fixtures have it.";
        MaskKeepsThePrefix "mask-keeps-the-prefix" []
            "maskedPhone shows the first four and the last two symbols: no page states a format.";
        ExtraMembers "extra-members" []
            "Answers have a member no page names; new members are how Descope's pages grew.";
        NewerMembers "newer-members" []
            "The JWT response has the members of the newer pages: claims, cookieName, nextRefreshSeconds and others.";
        FourDigitCodes "four-digit-codes" []
            "Codes have four digits: only static test codes have a documented length.";
        EightDigitCodes "eight-digit-codes" []
            "Codes have eight digits: only static test codes have a documented length.";
        AlphanumericCodes "alphanumeric-codes" []
            "Codes are letters and digits: a code is a string, and nothing says of what.";
        ThreeAttempts "three-attempts" []
            "A code survives two wrong guesses: the limit is a project setting (docs: Flows).";
        OneAttempt "one-attempt" []
            "The first wrong guess locks the code: the limit is a project setting.";
        ManyAttempts "many-attempts" []
            "A code survives ninety-nine wrong guesses: the limit is a project setting.";
        FewMessages "few-messages" []
            "Three messages per recipient and minute: the limit is a project setting (docs: OTP settings).";
        LongMessageWindow "long-message-window" []
            "The window of messages per recipient is an hour: the timeframe is a project setting.";
        ShortCodeLife "short-code-life" []
            "A code lives one minute, the documented minimum (docs: OTP settings).";
        LongCodeLife "long-code-life" []
            "A code lives ten minutes: the lifetime is a project setting.";
        ShortTokens "short-tokens" []
            "Session and refresh JWT live three minutes, the minimum of both settings (descope/terraform-provider-descope).";
        WrongCodeIs400 "wrong-code-is-400" []
            "Refusals of a code are 400: the Python SDK's fixtures say 400 where Go's README says 401.";
        RegisteredIs409 "registered-is-409" []
            "Sign-up of a registered user is 409: no page names the status of E062107.";
        UnknownUserIs404 "unknown-user-is-404" []
            "Sign-in of an unknown user is 404: no page names the status of E062108.";
        BadRequestIs422 "bad-request-is-422" []
            "Bodies that are well formed and wrong are 422: no page names the status of E011003.";
        BearerRefusedAs403 "bearer-refused-as-403" []
            "A missing or unknown bearer is 403: status and code are not documented.";
        MissingFieldIsE011004 "missing-field-is-e011004" []
            "A missing loginId is E011004: an older Go SDK had both codes the other way round.";
        ErrorsWithoutMessage "errors-without-message" []
            "The envelope has no errorMessage, which is optional.";
        ErrorsWithTwoMessages "errors-with-two-messages" []
            "The envelope repeats errorMessage as message, as a sample does (docs: Test Users).";
        OtherErrorTexts "other-error-texts" []
            "errorDescription and errorMessage say it in other words: only codes are for programs.";
        ExpiredIsWrongCode "expired-is-wrong-code" []
            "An expired code is E061102: the Go and Node SDKs know no E061104.";
        LockoutIsWrongCode "lockout-is-wrong-code" []
            "A lockout is E061102: in flows one error covers a typing mistake and exhaustion (docs: Flows).";
        LockoutIsToldLate "lockout-is-told-late" []
            "The last allowed wrong guess is still E061102; E061103 comes with the next.";
        UnknownUserIsWrongCode "unknown-user-is-wrong-code" []
            "Verify for an unknown login ID is E061102, which keeps secret who is a user.";
        RefusedResendIs400 "refused-resend-is-400" []
            "A resend beyond the limit is 400 E011004: code and status of that refusal are unknown.";
        IssuerIsAUrl "issuer-is-a-url" []
            "iss is an address that ends in the project ID, which all SDKs accept (descope/node-sdk: lib/helpers.ts).";
        AudienceIsTheProject "audience-is-the-project" []
            "aud holds the project ID, which the Python SDK accepts.";
        TokensCarryPermissions "tokens-carry-permissions" []
            "Tokens have empty permissions, roles and tenants (docs: Session overview).";
        EmptyOwnClaims "empty-own-claims" []
            "A session JWT without custom claims has an empty nsec.";
        RefreshCarriesOwnClaims "refresh-carries-own-claims" []
            "Custom claims are on the refresh JWT too: whether they are is not documented.";
        RefreshRotation "refresh-rotation" []
            "Refresh returns a new refresh JWT and ends the old one: rotation is a project setting.";
        RefreshRepeatsTheToken "refresh-repeats-the-token" []
            "Refresh returns the same refresh JWT again instead of leaving it out.";
        RefreshTokenOnlyAsCookie "refresh-token-only-as-cookie" []
            "The refresh JWT comes as cookie DSR and not in the body: a project setting.";
        TokensAlsoAsCookies "tokens-also-as-cookies" []
            "Both tokens come as cookies too.";
        ClockAhead "clock-ahead" []
            "The clock runs three seconds ahead; SDKs allow five (descope/go-sdk: descope/internal/auth/auth.go).";
        ClockBehind "clock-behind" []
            "The clock runs three seconds behind; SDKs allow five.";
        TwoKeys "two-keys" []
            "A second key is published before the one that signs: keys are found by kid.";
        LogoutAnswersAnObject "logout-answers-an-object" []
            "Logout is answered with {}: any JSON body will do for every SDK.";
        UsersVisibleAtSend "users-visible-at-send" []
            "A user shows as invited from the first send on: what is visible before verify is not stated.";
        LeanUsers "lean-users" []
            "The user object leaves out what no SDK insists on.";
        TestUsersAreNotTexted "test-users-are-not-texted" []
            "A send to a test user is accepted and nothing goes out: its codes are generated (docs: Test Users).";
        GeneratedCodesAddUp "generated-codes-add-up" []
            "A new generated code leaves the one before valid: that it voids it is not stated.";
        AnyMethodTakesTheCode "any-method-takes-the-code" []
            "verify of one method takes the code of another: nothing forbids it, and amr says how the code came.";
        MethodsVoidApart "methods-void-apart" []
            "A send voids the codes of its own method alone: each page speaks of one method (docs: OTP / Email / Sign-In).";
        MailMaskHidesTheDomain "mail-mask-hides-the-domain" []
            "maskedEmail hides a part of the domain too, as a fixture has it (descope/python-sdk).";
        MailAnswersNoMembers "mail-answers-no-members" []
            "A send by e-mail is answered with {}, as the prose of its page has it (docs: OTP / Email / Sign-In).";
        MailAnswersNoAttempts "mail-answers-no-attempts" []
            "A send by e-mail is answered with maskedEmail alone; verificationAttempts is optional.";
        MailWrongCodeIs400 "mail-wrong-code-is-400" []
            "Refusals of a mailed code are 400, those of a text 401: no page ties the status to a method.";
        MailRegisteredIs409 "mail-registered-is-409" []
            "Sign-up of a registered user by e-mail is 409: no page names the status.";
        MailUnknownUserIs404 "mail-unknown-user-is-404" []
            "Sign-in of an unknown address is 404: no page names the status.";
        MailBadRequestIs422 "mail-bad-request-is-422" []
            "Bodies by e-mail that are well formed and wrong are 422: no page names the status.";
        MailUnknownUserIsWrongCode "mail-unknown-user-is-wrong-code" []
            "Verify by e-mail for an unknown address is E061102, which keeps secret who is a user.";
        MailExpiredIsWrongCode "mail-expired-is-wrong-code" []
            "An expired mailed code is E061102: the Go and Node SDKs know no E061104.";
        MailLockoutIsWrongCode "mail-lockout-is-wrong-code" []
            "A lockout by e-mail is E061102: in flows one error covers a typing mistake and exhaustion (docs: Flows).";
        MailLockoutIsAnnouncedLate "mail-lockout-is-announced-late" []
            "The last allowed wrong guess at a mailed code is still E061102.";
        MailTakesSpaces "mail-takes-spaces" []
            "Spaces around a mailed code do not matter: people copy it from the mail.";
        MailStepUpNeedsToken "mail-step-up-needs-token" []
            "stepup or mfa by e-mail without a refresh JWT is refused, as SDKs do before sending.";
        MailForeignStepUpIgnored "mail-foreign-step-up-ignored" []
            "stepup by e-mail with another user's refresh JWT is ignored instead of refused.";
        MailStrictMembers "mail-strict-members" []
            "Members by e-mail that no page names are refused.";
        MailTolerantTypes "mail-tolerant-types" []
            "Optional members by e-mail of a wrong type count as absent, and a code may be a number.";
        MailCodesAreLonger "mail-codes-are-longer" []
            "Mailed codes have eight digits, codes of texts six: only static test codes have a documented length.";
        MailCodesAreLetters "mail-codes-are-letters" []
            "Mailed codes are letters and digits, codes of texts digits: a code is a string.";
        AmrNamesTheMethod "amr-names-the-method" []
            "amr says voice, im or whatsapp after a code by them: no page says what it says (docs: Session overview).";
        AmrSaysPhone "amr-says-phone" []
            "amr says phone after a code by voice, im or WhatsApp: no page says what it says.";
        GuessesCountByMethod "guesses-count-by-method" []
            "A wrong guess at the verify of one method costs the codes of that method alone (docs: Flows speaks of a code).";
        MessagesCountByMethod "messages-count-by-method" []
            "The limit of messages is one for each method: a recipient may be an address, and a way to it (docs: OTP settings).";
        MessagesCountByUser "messages-count-by-user" []
            "The limit of messages is one for all addresses of a user too: a recipient may be a person (docs: OTP settings).";
        GeneratedCodesAreOfOneMethod "generated-codes-are-of-one-method" []
            "A generated code is taken by the verify of its deliveryMethod alone (docs: Generate OTP).";
        AddressesAreFolded "addresses-are-folded" []
            "Mail addresses as login IDs have no capitals: whether they are folded is not stated.";
        OldAddressStaysALoginId "old-address-stays-a-login-id" []
            "After an update the old address is a login ID still: whether it is replaced or kept is not stated for both.";
        OwnAddressIsRefused "own-address-is-refused" []
            "An update to the address that the user has is refused: nothing would change.";
        AddressOfAnotherIsRefused "address-of-another-is-refused" []
            "An update to another user's address is refused at the send, unless the two are to be merged.";
        UnknownLocaleIsRefused "unknown-locale-is-refused" []
            "A locale that names no language is refused: what becomes of it is not stated.";
        PlusTagsAreRefused "plus-tags-are-refused" []
            "A mail address with a plus tag is refused, as a flow's condition may do (docs: Restrictions).";
        AnswersShowBothMasks "answers-show-both-masks" []
            "The answer to a send has the mask of the user's other address too: nothing says that it may not.";
        StepUpNeedsToken "step-up-needs-token" []
            "stepup or mfa without a refresh JWT is refused, as SDKs do before sending.";
        ForeignStepUpIgnored "foreign-step-up-ignored" []
            "stepup with another user's refresh JWT is ignored instead of refused: either way it earns nothing.";
        NamesAreAscii "names-are-ascii" []
            "Login IDs beyond ASCII are refused: which texts a login ID may be is not stated.";
        NamesHaveNoSpaces "names-have-no-spaces" []
            "Login IDs with spaces are refused: which texts a login ID may be is not stated.";
        AccentsAreComposed "accents-are-composed" []
            "An accent in a login ID is composed with its letter, as user names may be (RFC 8265, 3.3).";
        StrictMembers "strict-members" []
            "Members that no page names are refused: unknown members are nowhere promised a welcome.";
        TolerantTypes "tolerant-types" []
            "Optional members of a wrong type count as absent, and a code may be a number: type errors are not documented.";
        SpacesAroundTheCode "spaces-around-the-code" []
            "Spaces around a code do not matter.";
        StrictMediaType "strict-media-type" []
            "A body that is not labelled application/json is refused 415, as gateways do.";
        ByteOrderMarkSkipped "byte-order-mark-skipped" []
            "A byte order mark before the JSON is skipped (RFC 8259, 8.1 allows it).";
        SmallBodies "small-bodies" []
            "Bodies above 256 KiB are refused 413, as gateways do; the largest useful one is smaller.";
        PrettyJson "pretty-json" []
            "Answers are indented.";
        EscapedJson "escaped-json" []
            "Answers escape everything beyond letters and digits: the same JSON in other bytes.";
        ChunkedAnswers "chunked-answers" []
            "Answers come in chunks without a Content-Length.";
        ConnectionClose "connection-close" []
            "Each answer ends its connection.";
        TitleCaseHeaders "title-case-headers" []
            "Header names are written Content-Type, not content-type: names have no case (RFC 9110, 5.1).";
        CharsetNamed "charset-named" []
            "The content type of answers names a charset.";
        ExtraHeaders "extra-headers" []
            "Answers carry headers of an edge: request IDs, caching, transport security.";
        Latency "latency" []
            "Each answer takes five to twenty-five milliseconds longer, by turns.";
        MessagesHaveLocalDigits "messages-have-local-digits" []
            "Messages show the code in Arabic-Indic digits: in which digits a code is written is not stated.";
        LateMessages "late-messages" []
            "A message arrives a moment after the answer to its send.";
        NewestMessageFirst "newest-message-first" []
            "The inbox lists the newest message first.";
        OccasionalLimit "occasional-limit" []
            "One request of a hundred and fifty is answered 429 with Retry-After 1, as under other people's load.";
    }
}

/// Handlers of e-mail that differ from those of the other channels.
const COPIES: &[(Variant, Variant)] = &[
    (Variant::MailAnswersNoMembers, Variant::EmptyInitiationBody),
    (Variant::MailAnswersNoAttempts, Variant::NoVerificationAttempts),
    (Variant::MailWrongCodeIs400, Variant::WrongCodeIs400),
    (Variant::MailRegisteredIs409, Variant::RegisteredIs409),
    (Variant::MailUnknownUserIs404, Variant::UnknownUserIs404),
    (Variant::MailBadRequestIs422, Variant::BadRequestIs422),
    (Variant::MailUnknownUserIsWrongCode, Variant::UnknownUserIsWrongCode),
    (Variant::MailExpiredIsWrongCode, Variant::ExpiredIsWrongCode),
    (Variant::MailLockoutIsWrongCode, Variant::LockoutIsWrongCode),
    (Variant::MailLockoutIsAnnouncedLate, Variant::LockoutIsToldLate),
    (Variant::MailTakesSpaces, Variant::SpacesAroundTheCode),
    (Variant::MailStepUpNeedsToken, Variant::StepUpNeedsToken),
    (Variant::MailForeignStepUpIgnored, Variant::ForeignStepUpIgnored),
    (Variant::MailStrictMembers, Variant::StrictMembers),
    (Variant::MailTolerantTypes, Variant::TolerantTypes),
    (Variant::MailCodesAreLonger, Variant::EightDigitCodes),
    (Variant::MailCodesAreLetters, Variant::AlphanumericCodes),
];

impl Variant {
    /// Whether it is about what methods mean for each other, what an address is, or the handlers of another than SMS.
    pub fn is_of_methods(self) -> bool {
        let between = [
            Variant::AnyMethodTakesTheCode,
            Variant::MethodsVoidApart,
            Variant::MailMaskHidesTheDomain,
            Variant::AmrNamesTheMethod,
            Variant::AmrSaysPhone,
            Variant::GuessesCountByMethod,
            Variant::MessagesCountByMethod,
            Variant::MessagesCountByUser,
            Variant::GeneratedCodesAreOfOneMethod,
            Variant::AddressesAreFolded,
            Variant::PlusTagsAreRefused,
            Variant::OldAddressStaysALoginId,
            Variant::OwnAddressIsRefused,
            Variant::AddressOfAnotherIsRefused,
            Variant::UnknownLocaleIsRefused,
            Variant::AnswersShowBothMasks,
        ];
        between.contains(&self) || self.of_one_channel().is_some()
    }

    /// The channel whose handlers have it, and the variant that they have.
    pub(crate) fn of_one_channel(self) -> Option<(Channel, Variant)> {
        COPIES.iter().find(|(own, _)| *own == self).map(|(_, variant)| (Channel::Email, *variant))
    }
}
