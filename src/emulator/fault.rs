//! Deliberate bugs: one flat list from which names, documents, blame and tests are derived.
//!
//! A row names the fault, the requirements it breaks, the probe of `tests/` that sees it, and the real bug it is taken from.

use super::channel::Channel;
use super::switch::switches;
#[cfg(test)]
use super::tests::{probes, races};

switches! {
    /// A deliberate bug; each breaks the requirements it names, and nothing else of the server.
    Fault is a "fault" {
        VerifyRejectsEverything "verify-rejects-everything" ["OTP-041", "OTP-055"] probes::supersession
            "Every code is wrong: a deployment whose verify service reads another store than its send service.";
        FirstCodeWins "first-code-wins" ["OTP-055", "OTP-054"] probes::supersession
            "A resend delivers a new code but the first stays the stored one: INSERT … ON CONFLICT DO NOTHING.";
        LastTwoCodesValid "last-two-codes-valid" ["OTP-054", "OTP-056"] probes::supersession
            "The previous code stays valid beside the new one: kindness to users whose messages arrive late.";
        ResendRepeatsTheCode "resend-repeats-the-code" ["OTP-054", "OTP-056"] probes::supersession
            "A resend within the lifetime delivers the same code again, as many home-made implementations do.";
        NeverConsumed "never-consumed" ["OTP-046", "OTP-107"] probes::supersession
            "A verified code stays valid until it expires: its deletion was forgotten.";
        ConsumedAtSecondUse "consumed-at-second-use" ["OTP-046", "OTP-107"] probes::supersession
            "A code works twice: the use counter is compared with > where >= was meant.";
        NotConsumedWithSession "not-consumed-with-session" ["OTP-046", "OTP-107"] probes::with_a_session
            "With a refresh JWT in the bearer the code is not spent: the step-up path forgot what the login path does.";
        ConsumedAfterALag "consumed-after-a-lag" ["OTP-046"] probes::supersession
            "A spent code works for another two seconds: deletion goes through a queue.";
        EveryThirdResendKeepsTheOld "every-third-resend-keeps-the-old" ["OTP-054", "OTP-056"] probes::later_resends
            "One of three cache nodes misses the invalidation, so every third resend leaves the old code valid.";
        OldCodeLingers "old-code-lingers" ["OTP-054", "OTP-056"] probes::supersession
            "The superseded code works for two more seconds: reads come from a replica that lags.";
        SignInVoidsNothing "sign-in-voids-nothing" ["OTP-056"] probes::other_initiations
            "Codes are keyed by operation, so that a sign-in leaves the code of a sign-up-or-in valid.";
        SignUpVoidsNothing "sign-up-voids-nothing" ["OTP-056"] probes::other_initiations
            "Codes are keyed by operation, so that a sign-up leaves the code of a sign-up-or-in valid.";
        ResentCodeNotStored "resent-code-not-stored" ["OTP-055"] probes::supersession
            "A resend voids the old code and delivers a new one, but the write of the new one is lost.";
        SendVoidsEverybody "send-voids-everybody" ["OTP-057", "OTP-117"] probes::two_users
            "A send clears the pending codes of the whole project: a DELETE without its WHERE.";
        SendVoidsTheUserBefore "send-voids-the-user-before" ["OTP-057", "OTP-117"] probes::two_users
            "Codes are cached in slots of two users by serial number; the second of a pair evicts the first.";
        InitiationVoidsGenerated "initiation-voids-generated" ["OTP-058"] probes::test_users
            "An initiation voids the generated code of a test user too, so that the usual order of SDK tests fails.";
        RefusedSignUpVoids "refused-sign-up-voids" ["OTP-059"] probes::refused_sends
            "The old code is cleared before the sign-up is refused for a registered user.";
        LimitedSendVoids "limited-send-voids" ["OTP-059"] probes::refused_sends
            "The old code is cleared before the resend limit is looked at: the user is left with nothing.";
        InvalidOptionsVoid "invalid-options-void" ["OTP-059"] probes::refused_sends
            "The old code is cleared before the login options are validated.";
        ResendLimitIgnored "resend-limit-ignored" ["OTP-052"] probes::resend_limit
            "Messages are not counted per recipient: an SMS pump.";
        ResendLimitBySpelling "resend-limit-by-spelling" ["OTP-052"] probes::resend_limit
            "Messages are counted per login ID as it was written; a dash more resets the count.";
        LimitedSendStillSends "limited-send-still-sends" ["OTP-052"] probes::refused_sends
            "Beyond the limit the answer is 429, but the message is queued already.";
        AnyCodeAccepted "any-code-accepted" ["OTP-042", "OTP-045", "OTP-049", "OTP-054", "OTP-056"] probes::supersession
            "Any code opens a session while one is pending: a test switch left on.";
        AnotherUsersCodeAccepted "another-users-code-accepted" ["OTP-045", "OTP-117"] probes::two_users
            "A code is looked up by its value alone, so that anybody's pending code will do.";
        MasterCodeLeftIn "master-code-left-in" ["OTP-042"] probes::near_misses
            "000000 always works: the back door of the test team went to production.";
        CodePrefixAccepted "code-prefix-accepted" ["OTP-042"] probes::near_misses
            "The comparison stops at the end of the guess: strncmp with the wrong length.";
        CodeSuffixIgnored "code-suffix-ignored" ["OTP-042"] probes::near_misses
            "Everything after the code is ignored: the comparison stops at the end of the stored code.";
        LastDigitIgnored "last-digit-ignored" ["OTP-042"] probes::near_misses
            "The last digit is not compared: an off-by-one in a hand-made constant-time comparison.";
        LeadingZerosIgnored "leading-zeros-ignored" ["OTP-042"] probes::near_misses
            "Codes are compared as numbers, so that zeros in front may come and go.";
        WrongCodeHasOtherCode "wrong-code-has-other-code" ["OTP-042"] probes::supersession
            "A wrong code is answered E011004, invalid arguments, so that clients cannot tell the user what to do.";
        UnknownUserVerified "unknown-user-verified" ["OTP-044"] probes::near_misses
            "Verify for a login ID that no user has creates the user and logs it in.";
        ExpiredCodesAccepted "expired-codes-accepted" ["OTP-047"] probes::time_passes
            "A code never expires: the job that removes old codes does not run.";
        WrongGuessRenewsTheCode "wrong-guess-renews-the-code" ["OTP-047"] probes::time_passes
            "A wrong guess writes the row back with a new time, so that a guessed-at code lives on.";
        ExpiredHasOtherCode "expired-has-other-code" ["OTP-048"] probes::time_passes
            "An expired code is answered E011004 instead of E061104 or E061102.";
        CodesLiveHalfAMinute "codes-live-half-a-minute" ["OTP-041", "OTP-055"] probes::time_passes
            "A lifetime in minutes is read as seconds and rounded up to thirty: right codes fail before the least minute.";
        NoAttemptLimit "no-attempt-limit" ["OTP-049"] probes::guessing
            "Wrong guesses are not counted: a million tries find any code.";
        LockoutForgotten "lockout-forgotten" ["OTP-049", "OTP-050"] probes::guessing
            "The lockout is answered but the code stays: the right one works afterwards.";
        LockoutHasOtherCode "lockout-has-other-code" ["OTP-050"] probes::guessing
            "The lockout is answered E011004.";
        WrongGuessConsumes "wrong-guess-consumes" ["OTP-051"] probes::supersession
            "The first wrong guess destroys the code: a typing mistake costs another message.";
        LockoutLocksEverybody "lockout-locks-everybody" ["OTP-112", "OTP-117"] probes::two_users
            "The count of wrong guesses is one for the project, so that one user's mistakes lock all pending codes.";
        WrongCodeRevealsTheRight "wrong-code-reveals-the-right" ["OTP-105"] probes::near_misses
            "The error text says which code was expected: an assertion message that reached the client.";
        CodeNullAccepted "code-null-accepted" ["OTP-043"] probes::near_misses
            "A code of null is taken for right: the comparison is skipped when there is nothing to compare.";
        CodeEmptyAccepted "code-empty-accepted" ["OTP-043"] probes::near_misses
            "An empty code is a prefix of every code.";
        CodeMissingAccepted "code-missing-accepted" ["OTP-043"] probes::near_misses
            "A verify without the member code passes: an undefined that equals an undefined.";
        CodeListAccepted "code-list-accepted" ["OTP-043", "OTP-049"] probes::near_misses
            "A list of codes is accepted if one of them is right: the query became an IN (…), and a list holds many guesses.";
        CodeObjectAccepted "code-object-accepted" ["OTP-043", "OTP-042"] probes::near_misses
            "An object such as {\"$ne\": \"\"} reaches the document store's query language and matches any code.";
        SignUpOrInRefusesNewcomers "sign-up-or-in-refuses-newcomers" ["OTP-029", "OTP-001"] probes::supersession
            "An unknown number is refused as if only sign-in were asked for.";
        SignUpOrInRefusesReturners "sign-up-or-in-refuses-returners" ["OTP-030"] probes::who_is_who
            "A registered number is refused as if only sign-up were asked for.";
        SignUpOfRegisteredPasses "sign-up-of-registered-passes" ["OTP-031"] probes::who_is_who
            "Sign-up of a registered number sends a code: account recovery by sign-up.";
        SignUpErrorIsGeneric "sign-up-error-is-generic" ["OTP-032"] probes::who_is_who
            "Sign-up of a registered number is refused as E011004.";
        SignInCreatesUsers "sign-in-creates-users" ["OTP-033"] probes::who_is_who
            "Sign-in of an unknown number sends a code and creates the user.";
        SignInErrorIsGeneric "sign-in-error-is-generic" ["OTP-034"] probes::who_is_who
            "Sign-in of an unknown number is refused as E011004.";
        SignUpOfInvitedRefused "sign-up-of-invited-refused" ["OTP-035"] probes::who_is_who
            "An invited user who never logged in counts as registered.";
        SignInRefusesReturners "sign-in-refuses-returners" ["OTP-106"] probes::who_is_who
            "Sign-in looks for users in the table of pending sign-ups and never finds a registered one.";
        SignInForksTheUser "sign-in-forks-the-user" ["OTP-106", "OTP-037"] probes::who_is_who
            "A login begun by sign-in ends in a user of its own: two services, two user tables.";
        FreshIdAtEachLogin "fresh-id-at-each-login" ["OTP-037", "OTP-030"] probes::who_is_who
            "Each login creates the user again, with a new user ID.";
        FreshIdEveryThirdLogin "fresh-id-every-third-login" ["OTP-037", "OTP-030"] probes::who_is_who
            "One of three nodes does not find existing users and creates them again.";
        UnknownNameAccepted "unknown-name-accepted" ["OTP-010"] probes::who_is_who
            "A login ID that is neither a number nor a user is answered 200, and nothing is sent.";
        StoredPhoneIgnored "stored-phone-ignored" ["OTP-011"] probes::who_is_who
            "A user whose login ID is a name is refused although the phone is known.";
        MessageGoesToTheCallerBefore "message-goes-to-the-caller-before" ["OTP-113", "OTP-117"] probes::messages
            "Every fifth message goes to the number of the send before: a variable shared between requests.";
        MessageLacksTheCode "message-lacks-the-code" ["OTP-113"] probes::messages
            "The text is the bare template, its placeholder not filled in.";
        MessageLosesZeros "message-loses-zeros" ["OTP-113"] probes::messages
            "The code in the message is printed as a number, so that one in ten users receives five digits.";
        GeneratedNeedsInitiation "generated-needs-initiation" ["OTP-096"] probes::test_users
            "A generated code verifies only if a login was begun: the check for a pending login came first.";
        CrashesOnMalformedJson "crashes-on-malformed-json" ["OTP-009", "OTP-007"] probes::hostile_bodies
            "A body that is no JSON ends in 500: the parser's exception reaches the framework.";
        UnparseableIsJustInvalid "unparseable-is-just-invalid" ["OTP-009"] probes::hostile_bodies
            "A body that is no JSON is answered E011003, as if one field were wrong.";
        UnparseableIsEmpty "unparseable-is-empty" ["OTP-009"] probes::hostile_bodies
            "A body that is no JSON counts as an empty object, so that the answer speaks of missing arguments.";
        CrashesOnEmptyBody "crashes-on-empty-body" ["OTP-009", "OTP-007"] probes::hostile_bodies
            "A POST without a body ends in 500: a null where an object was expected.";
        CrashesOnByteOrderMark "crashes-on-byte-order-mark" ["OTP-007"] probes::hostile_bodies
            "A byte order mark before the JSON ends in 500, as with JSON written by older .NET tools.";
        CrashesOnInvalidUtf8 "crashes-on-invalid-utf8" ["OTP-007"] probes::hostile_bodies
            "Bytes that are no UTF-8 end in 500: UnicodeDecodeError.";
        CrashesOnDeepNesting "crashes-on-deep-nesting" ["OTP-007"] probes::hostile_bodies
            "Nesting deeper than a hundred ends in 500: RecursionError or a full stack.";
        CrashesAbove64Kilobytes "crashes-above-64-kilobytes" ["OTP-007", "OTP-061"] probes::hostile_bodies
            "A body of more than 64 KiB ends in 500: a fixed buffer.";
        CrashesOnNul "crashes-on-nul" ["OTP-007"] probes::hostile_bodies
            "An escaped NUL ends in 500: PostgreSQL refuses it in text.";
        CrashesOnLoneSurrogate "crashes-on-lone-surrogate" ["OTP-007"] probes::hostile_bodies
            "Half a surrogate pair ends in 500 when the text is encoded again.";
        CrashesOnAstralCharacters "crashes-on-astral-characters" ["OTP-007", "OTP-061"] probes::hostile_bodies
            "Characters beyond the basic plane end in 500: a MySQL column of utf8mb3.";
        CrashesOnPrototypeKey "crashes-on-prototype-key" ["OTP-007", "OTP-061"] probes::hostile_bodies
            "A member __proto__ or constructor ends in 500: objects merged by hand in JavaScript.";
        CrashesOnTopLevelArray "crashes-on-top-level-array" ["OTP-007"] probes::hostile_bodies
            "An array as body ends in 500: the handler asks it for members.";
        CrashesOnTopLevelNull "crashes-on-top-level-null" ["OTP-007"] probes::hostile_bodies
            "A body of null ends in 500: it parses, and is then used as an object.";
        CrashesOnTopLevelText "crashes-on-top-level-text" ["OTP-007"] probes::hostile_bodies
            "A string as body ends in 500.";
        CrashesOnLoginIdOfOtherType "crashes-on-login-id-of-other-type" ["OTP-007"] probes::hostile_bodies
            "A loginId that is a number or a list ends in 500: loginId.trim is not a function.";
        CrashesOnOptionsOfOtherType "crashes-on-options-of-other-type" ["OTP-007"] probes::hostile_bodies
            "loginOptions that are a list or a text end in 500.";
        CrashesOnMissingLoginId "crashes-on-missing-login-id" ["OTP-008", "OTP-007"] probes::hostile_bodies
            "A body without loginId ends in 500.";
        CrashesOnUnknownMember "crashes-on-unknown-member" ["OTP-007"] probes::hostile_bodies
            "An unknown member ends in 500: a strict parser whose exception is not caught.";
        CrashesOnHugeNumber "crashes-on-huge-number" ["OTP-007"] probes::hostile_bodies
            "A number beyond 64 bits ends in 500.";
        CrashesOnDuplicateKeys "crashes-on-duplicate-keys" ["OTP-007"] probes::hostile_bodies
            "The same member twice ends in 500.";
        CrashesOnLongLoginId "crashes-on-long-login-id" ["OTP-007", "OTP-010"] probes::hostile_bodies
            "A loginId of more than 255 characters ends in 500: value too long for type character varying(255).";
        CrashesOnQuoteInLoginId "crashes-on-quote-in-login-id" ["OTP-007", "OTP-010"] probes::hostile_bodies
            "A quote in the loginId ends in 500: SQL put together by hand.";
        CrashesOnLowerCaseBearer "crashes-on-lower-case-bearer" ["OTP-007"] probes::bearers
            "An authorization scheme in lower case ends in 500: split at \"Bearer \", second part taken unseen.";
        CrashesOnEmptyBearer "crashes-on-empty-bearer" ["OTP-007", "OTP-017"] probes::bearers
            "A bearer of nothing ends in 500.";
        CrashesOnColonsInBearer "crashes-on-colons-in-bearer" ["OTP-007", "OTP-017"] probes::bearers
            "A bearer of more than three parts ends in 500: a tuple of the wrong size.";
        CrashesWithoutContentType "crashes-without-content-type" ["OTP-007"] probes::bearers
            "A body without a content type ends in 500: the media type's parser is handed nothing.";
        DropsChunkedBodies "drops-chunked-bodies" ["OTP-001", "OTP-007"] probes::bearers
            "A chunked request is dropped without an answer: a server that reads Content-Length bytes.";
        EveryTwentiethSendCrashes "every-twentieth-send-crashes" ["OTP-001"] probes::later_resends
            "One send of twenty ends in 500: a connection pool that hands out dead connections.";
        EscapesNotDecoded "escapes-not-decoded" ["OTP-001", "OTP-061"] probes::hostile_bodies
            "A loginId written with JSON escapes is not understood: members are cut out of the text.";
        DuplicateKeysDisagree "duplicate-keys-disagree" ["OTP-113"] probes::messages
            "Of two members loginId the message goes to the first and the code to the second: two parsers in one request.";
        NeedsSdkHeaders "needs-sdk-headers" ["OTP-012", "OTP-001"] probes::supersession
            "A request without x-descope-sdk-name is refused, so that only SDKs get in.";
        GeneralLimitIsTight "general-limit-is-tight" ["OTP-090"] probes::hostile_bodies
            "After twenty requests in a minute everything is answered 429.";
        RateLimitIs503 "rate-limit-is-503" ["OTP-088", "OTP-007"] probes::resend_limit
            "A limit is answered 503, which SDKs take for a reason to try again at once.";
        RateLimitHasOtherCode "rate-limit-has-other-code" ["OTP-089"] probes::resend_limit
            "A 429 carries E011004 instead of E130429.";
        RetryAfterMissing "retry-after-missing" ["OTP-089"] probes::resend_limit
            "A 429 does not say how long to wait.";
        RetryAfterIsADate "retry-after-is-a-date" ["OTP-089"] probes::resend_limit
            "Retry-After is an HTTP date, which the Go and Python SDKs do not read.";
        RetryAfterHasAFraction "retry-after-has-a-fraction" ["OTP-089"] probes::resend_limit
            "Retry-After has a fraction: milliseconds divided by a thousand.";
        ErrorsHaveNoBody "errors-have-no-body" ["OTP-084", "OTP-027", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "Errors are a bare status.";
        ErrorsAreHtml "errors-are-html" ["OTP-084", "OTP-027", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "Errors are the framework's HTML page.";
        ErrorsAreNested "errors-are-nested" ["OTP-084", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "The envelope is wrapped in a member error.";
        ErrorCodeIsMissing "error-code-is-missing" ["OTP-084", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "The envelope has only texts.";
        ErrorDescriptionIsMissing "error-description-is-missing" ["OTP-084"] probes::hostile_bodies
            "The envelope has no errorDescription.";
        ErrorCodeIsANumber "error-code-is-a-number" ["OTP-084", "OTP-085", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "errorCode is a number without its E.";
        ErrorCodeIsLowerCase "error-code-is-lower-case" ["OTP-085", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "errorCode begins with a small e.";
        ErrorCodeLosesItsZero "error-code-loses-its-zero" ["OTP-085", "OTP-008", "OTP-009", "OTP-032", "OTP-034", "OTP-042", "OTP-080"] probes::hostile_bodies
            "errorCode has five digits: the number was formatted without its leading zero.";
        MissingBearerAccepted "missing-bearer-accepted" ["OTP-014"] probes::bearers
            "Without an Authorization header the default project is assumed.";
        AnyProjectAccepted "any-project-accepted" ["OTP-017"] probes::bearers
            "The project ID is not looked up.";
        ProjectWithSuffixAccepted "project-with-suffix-accepted" ["OTP-017"] probes::bearers
            "A project ID with something after it is accepted: compared by prefix.";
        ProjectInAnyCaseAccepted "project-in-any-case-accepted" ["OTP-017"] probes::bearers
            "A project ID in other letters is accepted: a case-insensitive collation.";
        BareProjectRefusedAtVerify "bare-project-refused-at-verify" ["OTP-015", "OTP-041"] probes::supersession
            "Verify asks for a key after the project ID.";
        AuthKeyRefused "auth-key-refused" ["OTP-016"] probes::bearers
            "A bearer with an auth management key is refused: the parser knows one colon too few.";
        ManagementKeyNotAsked "management-key-not-asked" ["OTP-019"] probes::bearers
            "Management operations are open to all who know the project ID.";
        ManagementKeyPrefixAccepted "management-key-prefix-accepted" ["OTP-019"] probes::bearers
            "The beginning of the management key suffices: the comparison stops at the end of what was sent.";
        KeysNeedABearer "keys-need-a-bearer" ["OTP-020"] probes::bearers
            "The public keys are served to authenticated callers only.";
        KeysRefuseABearer "keys-refuse-a-bearer" ["OTP-020"] probes::bearers
            "The public keys come from a file server that refuses Authorization, as signed storage URLs do.";
        LoginOptionsAreRequired "login-options-are-required" ["OTP-002", "OTP-001"] probes::supersession
            "A body without loginOptions is refused.";
        ProviderIsRequired "provider-is-required" ["OTP-002", "OTP-001"] probes::supersession
            "A body without providerId is refused.";
        EmptyOptionsRefused "empty-options-refused" ["OTP-003"] probes::options
            "An empty loginOptions is refused: minProperties 1.";
        NullClaimsRefused "null-claims-refused" ["OTP-004"] probes::options
            "customClaims of null, as the Python SDK sends it, is refused.";
        NullSsoAppRefused "null-sso-app-refused" ["OTP-004"] probes::options
            "ssoAppId of null, as the Ruby SDK sends it, is refused.";
        FalseCountsAsAsked "false-counts-as-asked" ["OTP-004"] probes::options
            "stepup of false counts as asked for: its presence is what is looked at.";
        TemplateRefused "template-refused" ["OTP-005"] probes::options
            "A templateId among the login options is refused.";
        TopLevelTemplateRefused "top-level-template-refused" ["OTP-005"] probes::options
            "A templateId beside the login options is refused.";
        FullSampleRefused "full-sample-refused" ["OTP-006"] probes::options
            "A body with every member of the documented sample is refused: too many members.";
        EmptyClaimsRefused "empty-claims-refused" ["OTP-061"] probes::options
            "customClaims of {}, as the Ruby SDK sends it, are refused.";
        PkceChallengeRefused "pkce-challenge-refused" ["OTP-068"] probes::options
            "A pkceChallenge is refused as belonging to another flow.";
        ClaimKeyOf60Refused "claim-key-of-60-refused" ["OTP-061"] probes::options
            "The longest key allowed is refused: < where <= was meant.";
        ClaimValueOf500Refused "claim-value-of-500-refused" ["OTP-061"] probes::options
            "The longest value allowed is refused: < where <= was meant.";
        HundredthClaimRefused "hundredth-claim-refused" ["OTP-061"] probes::options
            "The hundredth claim is refused: < where <= was meant.";
        ClaimValuesCountedEscaped "claim-values-counted-escaped" ["OTP-061"] probes::options
            "Claims are measured as ASCII-only JSON, in which each character beyond ASCII is six: json.dumps.";
        EmptyLoginIdAccepted "empty-login-id-accepted" ["OTP-008"] probes::who_is_who
            "An empty loginId is answered 200.";
        MissingLoginIdAccepted "missing-login-id-accepted" ["OTP-008"] probes::who_is_who
            "A body without loginId is answered 200.";
        MissingLoginIdHasOtherCode "missing-login-id-has-other-code" ["OTP-008"] probes::who_is_who
            "A missing loginId is answered E061102, wrong code.";
        DashesMakeAnotherUser "dashes-make-another-user" ["OTP-013"] probes::who_is_who
            "A number with dashes is another user than the number without.";
        SendAnswersAList "send-answers-a-list" ["OTP-021"] probes::send_answers
            "A send is answered with an array.";
        SendAnswersText "send-answers-text" ["OTP-021"] probes::send_answers
            "A send is answered with a JSON string.";
        SendAnswersNothing "send-answers-nothing" ["OTP-021", "OTP-027"] probes::send_answers
            "A send is answered with no bytes at all, on which Go, Java and JavaScript clients fail.";
        MaskIsNull "mask-is-null" ["OTP-022"] probes::send_answers
            "maskedPhone is null.";
        MaskIsANumber "mask-is-a-number" ["OTP-022"] probes::send_answers
            "maskedPhone is a number.";
        MaskIsMissing "mask-is-missing" ["OTP-023"] probes::send_answers
            "maskedPhone is missing, on which the Python SDK raises KeyError.";
        MaskIsTheNumber "mask-is-the-number" ["OTP-024"] probes::send_answers
            "maskedPhone is the whole number.";
        MaskIsFourDigits "mask-is-four-digits" ["OTP-024"] probes::send_answers
            "maskedPhone is the last four digits without any filler.";
        AttemptsAreText "attempts-are-text" ["OTP-025"] probes::send_answers
            "verificationAttempts is a string.";
        AttemptsAreNegative "attempts-are-negative" ["OTP-025"] probes::send_answers
            "verificationAttempts is -1 for unlimited.";
        TokensAtInitiation "tokens-at-initiation" ["OTP-026"] probes::send_answers
            "A send already answers with tokens: one response type for both steps, filled in both.";
        KnownUsersNeedNoCode "known-users-need-no-code" ["OTP-026"] probes::send_answers
            "A user who logged in before gets tokens at the send: a trusted device that was never checked.";
        CodeInTheBody "code-in-the-body" ["OTP-028", "OTP-105"] probes::send_answers
            "The answer to a send shows the code: a debug member left in.";
        CodeInBase64 "code-in-base64" ["OTP-028", "OTP-105"] probes::send_answers
            "The answer to a send shows the code in base64.";
        CodeBackwards "code-backwards" ["OTP-028", "OTP-105"] probes::send_answers
            "The answer to a send shows the code backwards as its reference.";
        CodeInAHeader "code-in-a-header" ["OTP-105"] probes::send_answers
            "The answer to a send shows the code in a header for the testers.";
        LoginIdsAreEmpty "login-ids-are-empty" ["OTP-036"] probes::login_answers
            "The user's loginIds are an empty list.";
        SpacesInNamesAreLost "spaces-in-names-are-lost" ["OTP-036"] probes::login_ids
            "A login ID is kept without its spaces: a slug is made of it at the door, and shown as if it were what was given.";
        NamesAreMangled "names-are-mangled" ["OTP-036"] probes::login_ids
            "Each character of a login ID beyond ASCII is kept as a question mark: a column of latin1.";
        NamesBeyondAsciiAreForgotten "names-beyond-ascii-are-forgotten" ["OTP-011"] probes::login_ids
            "Who signed up under a login ID beyond ASCII is not found by it at the next login: one service escapes it twice.";
        FirstSeenIsNeverTrue "first-seen-is-never-true" ["OTP-038"] probes::login_answers
            "firstSeen is false at the first login too.";
        FirstSeenIsAlwaysTrue "first-seen-is-always-true" ["OTP-039"] probes::login_answers
            "firstSeen is true at every login.";
        PhoneIsNeverVerified "phone-is-never-verified" ["OTP-040"] probes::login_answers
            "verifiedPhone stays false after a verification.";
        ClaimsAreDropped "claims-are-dropped" ["OTP-060"] probes::claims
            "customClaims are read and forgotten.";
        ClaimsAtTopLevel "claims-at-top-level" ["OTP-060"] probes::claims
            "customClaims stand at the top of the session JWT instead of under nsec.";
        ClaimsOverrideRegistered "claims-override-registered" ["OTP-111"] probes::claims
            "customClaims are merged over the token, so that a client names its own sub.";
        ClaimsCanStepUp "claims-can-step-up" ["OTP-111"] probes::claims
            "A custom claim su of true is believed to be the server's own.";
        ClaimsBecomeText "claims-become-text" ["OTP-060"] probes::claims
            "Custom claims that are numbers or booleans become strings: a column of text.";
        ClaimsAreCutAt255 "claims-are-cut-at-255" ["OTP-060"] probes::claims
            "Long custom claims are cut: a column of 255 characters.";
        NestedClaimsAreLost "nested-claims-are-lost" ["OTP-060"] probes::claims
            "Custom claims that are objects or lists are left out.";
        StepUpIgnored "step-up-ignored" ["OTP-062"] probes::second_factors
            "stepup has no effect.";
        RefreshIsSteppedUp "refresh-is-stepped-up" ["OTP-063"] probes::second_factors
            "su is on the refresh JWT too.";
        RefreshHasNoMethods "refresh-has-no-methods" ["OTP-064", "OTP-071"] probes::login_answers
            "amr of the refresh JWT is empty.";
        SameChannelIsMultiFactor "same-channel-is-multi-factor" ["OTP-065"] probes::second_factors
            "The same channel verified twice counts as multi-factor.";
        RevokeOthersIgnored "revoke-others-ignored" ["OTP-067"] probes::second_factors
            "revokeOtherSessions has no effect.";
        RevokeOthersTakesTheNew "revoke-others-takes-the-new" ["OTP-067"] probes::second_factors
            "revokeOtherSessions revokes the new session too.";
        RevokeOthersAtInitiation "revoke-others-at-initiation" ["OTP-067"] probes::second_factors
            "revokeOtherSessions works at the send already: anybody can log anybody out.";
        IssuerIsTheVendor "issuer-is-the-vendor" ["OTP-069"] probes::login_answers
            "iss names the vendor and not the project.";
        SubjectIsThePhone "subject-is-the-phone" ["OTP-069"] probes::login_answers
            "sub is the phone number and not the user ID.";
        SessionSaysDsr "session-says-dsr" ["OTP-070"] probes::login_answers
            "The session JWT names drn DSR.";
        RefreshHasNoKind "refresh-has-no-kind" ["OTP-070"] probes::login_answers
            "The refresh JWT names no drn.";
        MethodIsOtp "method-is-otp" ["OTP-071"] probes::login_answers
            "amr says otp, the name RFC 8176 has for it, and not sms.";
        RefreshLosesMethods "refresh-loses-methods" ["OTP-071"] probes::sessions
            "A refreshed session JWT has no amr.";
        ExpiryInMilliseconds "expiry-in-milliseconds" ["OTP-072"] probes::login_answers
            "exp is in milliseconds: the token lives for fifty thousand years.";
        ExpiryIsText "expiry-is-text" ["OTP-072"] probes::login_answers
            "exp is a string.";
        IssuedIsText "issued-is-text" ["OTP-072"] probes::login_answers
            "iat is a string.";
        IssuedAfterExpiry "issued-after-expiry" ["OTP-072"] probes::login_answers
            "iat lies after exp: the two were swapped and corrected once too often.";
        KeyIdIsUnknown "key-id-is-unknown" ["OTP-073"] probes::login_answers
            "kid names a key that is not published yet.";
        KeysAreStale "keys-are-stale" ["OTP-073"] probes::login_answers
            "The published key is not the one that signs: keys were rotated, the cache was not.";
        RefreshSignedByAnotherKey "refresh-signed-by-another-key" ["OTP-073", "OTP-077"] probes::login_answers
            "The refresh JWT does not verify with the published key.";
        EveryFourthSessionSignedByAnotherKey "every-fourth-session-signed-by-another-key" ["OTP-073"] probes::login_answers
            "One node of four signs with an old key.";
        KeyHasNoAlgorithm "key-has-no-algorithm" ["OTP-074"] probes::login_answers
            "The JWK lacks alg, and the Python SDK skips it.";
        KeyHasNoUse "key-has-no-use" ["OTP-074"] probes::login_answers
            "The JWK lacks use.";
        AudienceIsAnother "audience-is-another" ["OTP-075"] probes::login_answers
            "aud names an application and not the project, and the Python SDK refuses the token.";
        UserLacksCreatedTime "user-lacks-created-time" ["OTP-076"] probes::login_answers
            "The user object has no createdTime, on which the Kotlin SDK fails.";
        UserLacksEmptyLists "user-lacks-empty-lists" ["OTP-076"] probes::login_answers
            "Empty lists are left out of the user object: omitempty.";
        LoginLacksTheUser "login-lacks-the-user" ["OTP-076"] probes::login_answers
            "The JWT response has no user.";
        UserTextsAreNull "user-texts-are-null" ["OTP-201"] probes::login_answers
            "Empty texts of the user object are null: columns without a value, written as they are.";
        FirstSeenIsANumber "first-seen-is-a-number" ["OTP-202"] probes::login_answers
            "firstSeen is 0 or 1, as MySQL and SQLite have it.";
        LoadedUserIsBare "loaded-user-is-bare" ["OTP-203", "OTP-092"] probes::test_users
            "Management loads a user without the member user around it.";
        LogoutAllIsMissing "logout-all-is-missing" ["OTP-204", "OTP-081"] probes::sessions
            "No route leads to logoutall: the framework says that there is no such page.";
        KeyHasASignByte "key-has-a-sign-byte" ["OTP-074"] probes::login_answers
            "The modulus of the key has a leading zero byte: a signed integer, as BigInteger.toByteArray writes it.";
        RefreshReturnsTheFirst "refresh-returns-the-first" ["OTP-077"] probes::sessions
            "Refresh returns a session JWT with the times of the login: a cache keyed by session.";
        RefreshRefused "refresh-refused" ["OTP-077"] probes::sessions
            "Refresh refuses every refresh JWT.";
        RefreshNeedsABody "refresh-needs-a-body" ["OTP-078"] probes::sessions
            "Refresh and logout refuse an empty body, as Go and Java send it.";
        RefreshRefusesABody "refresh-refuses-a-body" ["OTP-078"] probes::sessions
            "Refresh and logout refuse {}, as Python and JavaScript send it.";
        LogoutForgets "logout-forgets" ["OTP-079", "OTP-080"] probes::sessions
            "Logout only asks the client to drop its tokens.";
        LogoutLags "logout-lags" ["OTP-079"] probes::sessions
            "A logged out refresh JWT works for two more seconds: a cache of sessions.";
        MeIgnoresLogout "me-ignores-logout" ["OTP-079"] probes::sessions
            "me looks at the signature and not at the session.";
        LogoutLosesToRefresh "logout-loses-to-refresh" ["OTP-079", "OTP-081"] races::refresh_and_logout
            "A refresh that overlaps a logout writes the session back: read, modify, write without a lock.";
        LoggedOutHasOtherCode "logged-out-has-other-code" ["OTP-080"] probes::sessions
            "A logged out refresh JWT is refused as E061005.";
        LogoutAllEndsOnlyThis "logout-all-ends-only-this" ["OTP-081"] probes::sessions
            "Logoutall ends the presented session only.";
        LogoutAllSparesTheOldest "logout-all-spares-the-oldest" ["OTP-081"] probes::sessions
            "Logoutall leaves the first session alive: an off-by-one in a loop.";
        MeIsWrapped "me-is-wrapped" ["OTP-082"] probes::sessions
            "me returns the user in a member user.";
        LogoutAnswersNothing "logout-answers-nothing" ["OTP-027"] probes::sessions
            "Logout is answered with no bytes, on which JavaScript clients fail.";
        DeleteAnswersNothing "delete-answers-nothing" ["OTP-027"] probes::test_users
            "Deleting a user is answered with no bytes.";
        LogoutEndsAll "logout-ends-all" ["OTP-114"] probes::sessions
            "Logout ends all sessions of the user.";
        LogoutEndsTheOldest "logout-ends-the-oldest" ["OTP-114", "OTP-079"] probes::sessions
            "Logout ends the oldest session and not the presented one.";
        LogoutAllHitsEverybody "logout-all-hits-everybody" ["OTP-115", "OTP-117"] probes::sessions
            "Logoutall ends the sessions of all users: a DELETE without its WHERE.";
        TestFlagIsLost "test-flag-is-lost" ["OTP-092"] probes::test_users
            "A user from create/test says test false.";
        TestClaimMissing "test-claim-missing" ["OTP-093"] probes::test_users
            "Tokens of a test user lack tu.";
        RefreshLosesTestClaim "refresh-loses-test-claim" ["OTP-093"] probes::test_users
            "A refreshed session JWT of a test user lacks tu.";
        GeneratedCodeIsANumber "generated-code-is-a-number" ["OTP-094"] probes::test_users
            "generate/otp returns the code as a number.";
        CodesGeneratedForAnybody "codes-generated-for-anybody" ["OTP-095"] probes::test_users
            "generate/otp gives codes for ordinary users: the holder of the key can be any user.";
        CodesGeneratedForNobody "codes-generated-for-nobody" ["OTP-095"] probes::test_users
            "generate/otp gives a code for a login ID that no user has.";
        DeleteAllSparesTheFirst "delete-all-spares-the-first" ["OTP-097"] probes::test_users
            "Deleting all test users leaves the first one: an off-by-one in the paging.";
        DeleteAllSparesLoggedIn "delete-all-spares-logged-in" ["OTP-097"] probes::test_users
            "Deleting all test users leaves those with a session: a foreign key holds them.";
        DeleteAllTakesOrdinaryUsers "delete-all-takes-ordinary-users" ["OTP-118"] probes::test_users
            "Deleting all test users deletes all users.";
        TestUserLimitIgnored "test-user-limit-ignored" ["OTP-098"] probes::test_users
            "The plan's limit of test users is not enforced.";
        TestUserLimitHasOtherCode "test-user-limit-has-other-code" ["OTP-098"] probes::test_users
            "The plan's limit is refused as E011004.";
        DeletedUserLoads "deleted-user-loads" ["OTP-099"] probes::test_users
            "A deleted user can still be loaded: soft deletion without a filter.";
        MissingUserHasOtherCode "missing-user-has-other-code" ["OTP-099"] probes::test_users
            "Loading a missing user is refused 400 E011004.";
        StaticCodeForAnybody "static-code-for-anybody" ["OTP-100"] probes::test_users
            "The static test code is everybody's code.";
        ExpiredTokenAccepted "expired-token-accepted" ["OTP-101"] probes::forged_tokens
            "exp is not looked at.";
        UnsignedTokenAccepted "unsigned-token-accepted" ["OTP-101"] probes::forged_tokens
            "A token with alg none is believed (CVE-2015-9235 and its many relatives).";
        HmacTokenAccepted "hmac-token-accepted" ["OTP-101"] probes::forged_tokens
            "A token signed HS256 is believed whatever the secret: the symmetric branch of the verifier drops its result.";
        SignatureIgnored "signature-ignored" ["OTP-101"] probes::forged_tokens
            "Tokens are decoded and not verified.";
        ForeignIssuerAccepted "foreign-issuer-accepted" ["OTP-101"] probes::forged_tokens
            "Tokens of another project with the same key are believed.";
        SessionTokenRefreshes "session-token-refreshes" ["OTP-102"] probes::forged_tokens
            "A session JWT is accepted where a refresh JWT is asked for.";
        MeTakesSessionTokens "me-takes-session-tokens" ["OTP-102"] probes::forged_tokens
            "me accepts a session JWT.";
        UpdateNeedsNoToken "update-needs-no-token" ["OTP-018"] probes::bearers
            "Updating a phone asks for no refresh JWT.";
        UpdateOfOthersAllowed "update-of-others-allowed" ["OTP-103"] probes::updates
            "A refresh JWT updates anybody's phone: the login ID of the body is trusted.";
        UpdateAppliesAtSend "update-applies-at-send" ["OTP-104"] probes::updates
            "The new phone shows before its code is verified.";
        UpdateAddsLoginIdAtOnce "update-adds-login-id-at-once" ["OTP-104"] probes::updates
            "The new phone is a login ID before its code is verified.";
        UpdateAppliesOnWrongCode "update-applies-on-wrong-code" ["OTP-104"] probes::updates
            "A wrong code refuses the login and applies the change: the order of two statements.";
        ForeignTokenStepsUp "foreign-token-steps-up" ["OTP-110"] probes::second_factors
            "Anybody's refresh JWT is good enough for a step-up.";
        OptionsStick "options-stick" ["OTP-116"] probes::claims
            "A login without options gets those of the login before.";
        SupersededOptionsStay "superseded-options-stay" ["OTP-116"] probes::claims
            "A resend keeps the options of the first send.";
        StepUpSticks "step-up-sticks" ["OTP-116"] probes::second_factors
            "Once stepped up, every later login of the user is.";
        VerifyNeedsNoBearer "verify-needs-no-bearer" ["OTP-014", "OTP-017"] probes::one_flaw
            "Verify never looks at the Authorization header: the middleware is missing on one route.";
        LocalCallersNeedNoBearer "local-callers-need-no-bearer" ["OTP-014"] probes::one_flaw
            "A caller whose forwarding header says 127.0.0.1 needs no bearer: the header is believed, although any caller can write it.";
        GuessesInOtherSpellingsAreFree "guesses-in-other-spellings-are-free" ["OTP-049"] probes::one_flaw
            "Wrong guesses are counted for the login ID as written, the code is found by the number.";
        GuessesCountByClient "guesses-count-by-client" ["OTP-049"] probes::other_clients
            "Wrong guesses are counted by User-Agent, so that a program with another name at each guess has them all free.";
        MessagesCountByForwardedAddress "messages-count-by-forwarded-address" ["OTP-052"] probes::other_clients
            "Messages are counted by recipient and X-Forwarded-For, which any caller can write.";
        MembersMustBeInOrder "members-must-be-in-order" ["OTP-041", "OTP-042", "OTP-049", "OTP-051", "OTP-055"] probes::other_clients
            "A body whose loginId comes behind another member is refused: it is read by a pattern, and not by a parser.";
        UpdatesAreNotCapped "updates-are-not-capped" ["OTP-052"] probes::one_flaw
            "Messages of phone updates neither obey the limit nor count: the cap was added to one of two doors.";
        SpentCodesComeBack "spent-codes-come-back" ["OTP-046"] probes::one_flaw
            "A spent code works again ten seconds later: it is only marked in a cache, and the cache forgets.";
        LoginVerifiesAllAddresses "login-verifies-all-addresses" ["OTP-159"] probes::methods
            "A login marks every address of the user as verified: one flag is set for the user, and shown for each address.";
        MailUpdateIsForgotten "mail-update-is-forgotten" ["OTP-160"] probes::methods
            "The code of an update of the e-mail address opens a session, and the address stays what it was.";
        CodesGoToTheOldMail "codes-go-to-the-old-mail" ["OTP-161"] probes::methods
            "After an update, codes go on going to the old address: the mailer has a copy of its own.";
        ConflictIsMerged "conflict-is-merged" ["OTP-164"] probes::methods
            "failOnConflict is not read: an address that is another user's is taken from it.";
        LoginCodeCompletesUpdates "login-code-completes-updates" ["OTP-165"] probes::methods
            "A code that was mailed for a login completes the update that waits: codes are not bound to what they are for.";
        MethodIsAlwaysSms "method-is-always-sms" ["OTP-167", "OTP-170"] probes::methods
            "amr says sms whatever the method: it was written when there was one.";
        FirstMethodWins "first-method-wins" ["OTP-168"] probes::methods
            "While a text's code waits, a mailed one is sent and not kept: the first that is pending is found.";
        MailIsNoSecondFactor "mail-is-no-second-factor" ["OTP-171"] probes::methods
            "A code by e-mail after a login by SMS is no second factor: the methods before it are dropped.";
        TextsInsteadOfMails "texts-instead-of-mails" ["OTP-181"] probes::methods
            "A user who has a phone is texted although a mail was asked for: the first address on file is taken.";
        MailVoidsNothing "mail-voids-nothing" ["OTP-054", "OTP-056"] probes::methods
            "Mailed codes stay valid beside newer ones: the handler was copied without the line that voids.";
        MailGuessesAreFree "mail-guesses-are-free" ["OTP-049"] probes::methods
            "Wrong guesses are not counted by e-mail: the limit was added to one of two handlers.";
        MailCodesNeverExpire "mail-codes-never-expire" ["OTP-047"] probes::methods
            "Mailed codes do not expire: mails take long, and the lifetime was taken out.";
        MailCodesAreNotSpent "mail-codes-are-not-spent" ["OTP-046"] probes::methods
            "A mailed code opens a second session: link scanners of mail servers must not spend it.";
        MailSignInCreatesUsers "mail-sign-in-creates-users" ["OTP-033"] probes::methods
            "Sign-in by e-mail makes unknown users: it shares the handler of sign-up or in.";
        MailUpdateNeedsNoToken "mail-update-needs-no-token" ["OTP-186"] probes::methods
            "Updating an e-mail address asks for no refresh JWT: the middleware lists update/phone alone.";
        MailMaskIsWhole "mail-mask-is-whole" ["OTP-155"] probes::methods
            "maskedEmail is the whole address: the mask knows digits alone.";
        MailAnswersTheCode "mail-answers-the-code" ["OTP-028"] probes::methods
            "The answer of a send by e-mail shows the code, for development.";
        NumberUnderPhoneOnly "number-under-phone-only" ["OTP-146"] probes::calls
            "A sign-up by voice wants the number under phone: Python's SDK states it as voice, JavaScript's nowhere.";
        CallsAreTexts "calls-are-texts" ["OTP-181"] probes::calls
            "A call was asked for and a text goes out: the way of sending is chosen by the kind of address.";
        MailResendRepeats "mail-resend-repeats" ["OTP-054", "OTP-056"]
            "A resend by e-mail mails the same code again: the handler is a copy from before codes were replaced.";
        MailFirstCodeWins "mail-first-code-wins" ["OTP-055", "OTP-054"]
            "A second mail has a code that is not stored: the table of mailed codes keeps its first row.";
        MailResentCodeIsLost "mail-resent-code-is-lost" ["OTP-055"]
            "A second mail voids the first code, and its own is not written.";
        MailCodesOfOthersOpen "mail-codes-of-others-open" ["OTP-045", "OTP-117"]
            "Mailed codes are looked up by code alone, not by user.";
        MailCodePrefixOpens "mail-code-prefix-opens" ["OTP-042"]
            "A beginning of a mailed code is enough: it is compared as a search is.";
        MailEmptyCodeOpens "mail-empty-code-opens" ["OTP-043"]
            "An empty code equals the empty value that a cleared row has (supabase/auth #897).";
        MailNullCodeOpens "mail-null-code-opens" ["OTP-043"]
            "A code of null is not compared by e-mail.";
        MailWrongGuessSpends "mail-wrong-guess-spends" ["OTP-051"]
            "One wrong guess ends a mailed code.";
        MailSignUpTwice "mail-sign-up-twice" ["OTP-031"]
            "Sign-up by e-mail takes a registered user: the look-up is by phone.";
        MailRefusesReturners "mail-refuses-returners" ["OTP-030"]
            "Sign-up or in by e-mail is sign-up alone.";
        MailLoginForksTheUser "mail-login-forks-the-user" ["OTP-037", "OTP-030"]
            "Each login by e-mail makes a user of its own.";
        MailRefusedSignUpVoids "mail-refused-sign-up-voids" ["OTP-059"]
            "A refused sign-up by e-mail ends the code that waits.";
        MailClaimsAreDropped "mail-claims-are-dropped" ["OTP-060"]
            "Custom claims of a login by e-mail are dropped: only one handler hands them on.";
        MailStepUpIsIgnored "mail-step-up-is-ignored" ["OTP-062"]
            "A login with a mailed code is no step-up.";
        MailTwiceIsTwoFactors "mail-twice-is-two-factors" ["OTP-065"]
            "Two codes by one address count as two factors.";
        MailRevokesNothing "mail-revokes-nothing" ["OTP-067"]
            "revokeOtherSessions is not read by e-mail.";
        MailMaskIsMissing "mail-mask-is-missing" ["OTP-154"]
            "A send by e-mail shows no mask: four official SDKs break.";
        MailMaskIsNull "mail-mask-is-null" ["OTP-153"]
            "maskedEmail is null: the phone's mask was taken, and there is no phone.";
        MailAttemptsAreText "mail-attempts-are-text" ["OTP-025"]
            "verificationAttempts is a text in answers of e-mail.";
        MailUpdateAppliesAtSend "mail-update-applies-at-send" ["OTP-184"]
            "The new e-mail address shows before its code came back.";
        MailUpdateOfOthers "mail-update-of-others" ["OTP-185"]
            "Anybody's refresh JWT updates an e-mail address.";
        MailSendOpensASession "mail-send-opens-a-session" ["OTP-026"]
            "A send by e-mail is answered with tokens.";
        MailSignInErrorIsGeneric "mail-sign-in-error-is-generic" ["OTP-034"]
            "Sign-in of an unknown address has a code of no meaning.";
        CallLeavesTheOldCode "call-leaves-the-old-code" ["OTP-054", "OTP-056"]
            "A second call leaves the code of the first valid.";
        CallCodesAreNotSpent "call-codes-are-not-spent" ["OTP-046", "OTP-107"]
            "A code by voice opens a second session.";
        CallGuessesAreFree "call-guesses-are-free" ["OTP-049"]
            "Wrong guesses at a code by voice are not counted.";
        CallLeavesThePhoneUnverified "call-leaves-the-phone-unverified" ["OTP-040"]
            "A phone whose code came by voice stays unverified (authgear-server #2089).";
        CallSignInCreatesUsers "call-sign-in-creates-users" ["OTP-033"]
            "Sign-in by voice makes unknown users.";
        CallUpdateNeedsNoToken "call-update-needs-no-token" ["OTP-018"]
            "Updating a phone by voice asks for no refresh JWT.";
        CallAnswersTheCode "call-answers-the-code" ["OTP-028", "OTP-105"]
            "The answer of a send by voice shows the code, so that no developer has to listen to it.";
        CheckedThenSpent "checked-then-spent" ["OTP-107"] races::one_code
            "A code is checked and spent in two steps, so that overlapping verifies both succeed.";
        LoginForgetsNewerCodes "login-forgets-newer-codes" ["OTP-041", "OTP-055"] races::a_send_during_a_login
            "A login deletes the code that was sent while it was under way: DELETE … WHERE user, not WHERE code.";
        ParallelGuessesCountOnce "parallel-guesses-count-once" ["OTP-049"] races::guesses
            "Overlapping wrong guesses count as one: the counter is read, then written.";
        OverlappingSendsBothLive "overlapping-sends-both-live" ["OTP-108"] races::two_sends
            "Overlapping sends do not see each other's code and both stay valid.";
        OverlappingSignUpsMakeTwoUsers "overlapping-sign-ups-make-two-users" ["OTP-109"] races::two_sign_ups
            "Overlapping sends to a new number create two users: a select before an insert without a unique index.";
        AnswersSwapUnderLoad "answers-swap-under-load" ["OTP-117"] races::two_users
            "Overlapping verifies are answered with each other's tokens: a variable shared between requests.";
        CrashesUnderLoad "crashes-under-load" ["OTP-117"] races::a_crowd
            "More than two requests at a time end in 500: a connection pool of two without a queue.";
    }
}

/// Handlers of one channel that are copies with a bug of their own: the fault, the channel, and the fault that only this
/// channel's handlers have.
const COPIES: &[(Fault, Channel, Fault)] = &[
    (Fault::MailResendRepeats, Channel::Email, Fault::ResendRepeatsTheCode),
    (Fault::MailFirstCodeWins, Channel::Email, Fault::FirstCodeWins),
    (Fault::MailResentCodeIsLost, Channel::Email, Fault::ResentCodeNotStored),
    (Fault::MailCodesOfOthersOpen, Channel::Email, Fault::AnotherUsersCodeAccepted),
    (Fault::MailCodePrefixOpens, Channel::Email, Fault::CodePrefixAccepted),
    (Fault::MailEmptyCodeOpens, Channel::Email, Fault::CodeEmptyAccepted),
    (Fault::MailNullCodeOpens, Channel::Email, Fault::CodeNullAccepted),
    (Fault::MailWrongGuessSpends, Channel::Email, Fault::WrongGuessConsumes),
    (Fault::MailSignUpTwice, Channel::Email, Fault::SignUpOfRegisteredPasses),
    (Fault::MailRefusesReturners, Channel::Email, Fault::SignUpOrInRefusesReturners),
    (Fault::MailLoginForksTheUser, Channel::Email, Fault::FreshIdAtEachLogin),
    (Fault::MailRefusedSignUpVoids, Channel::Email, Fault::RefusedSignUpVoids),
    (Fault::MailClaimsAreDropped, Channel::Email, Fault::ClaimsAreDropped),
    (Fault::MailStepUpIsIgnored, Channel::Email, Fault::StepUpIgnored),
    (Fault::MailTwiceIsTwoFactors, Channel::Email, Fault::SameChannelIsMultiFactor),
    (Fault::MailRevokesNothing, Channel::Email, Fault::RevokeOthersIgnored),
    (Fault::MailMaskIsMissing, Channel::Email, Fault::MaskIsMissing),
    (Fault::MailMaskIsNull, Channel::Email, Fault::MaskIsNull),
    (Fault::MailAttemptsAreText, Channel::Email, Fault::AttemptsAreText),
    (Fault::MailUpdateAppliesAtSend, Channel::Email, Fault::UpdateAppliesAtSend),
    (Fault::MailUpdateOfOthers, Channel::Email, Fault::UpdateOfOthersAllowed),
    (Fault::MailSendOpensASession, Channel::Email, Fault::TokensAtInitiation),
    (Fault::MailSignInErrorIsGeneric, Channel::Email, Fault::SignInErrorIsGeneric),
    (Fault::CallLeavesTheOldCode, Channel::Voice, Fault::LastTwoCodesValid),
    (Fault::CallCodesAreNotSpent, Channel::Voice, Fault::NeverConsumed),
    (Fault::CallGuessesAreFree, Channel::Voice, Fault::NoAttemptLimit),
    (Fault::CallLeavesThePhoneUnverified, Channel::Voice, Fault::PhoneIsNeverVerified),
    (Fault::CallSignInCreatesUsers, Channel::Voice, Fault::SignInCreatesUsers),
    (Fault::CallUpdateNeedsNoToken, Channel::Voice, Fault::UpdateNeedsNoToken),
    (Fault::CallAnswersTheCode, Channel::Voice, Fault::CodeInTheBody),
];

/// Faults of one channel's handlers that are no copies, and those between two channels.
const OF_CHANNELS: &[(Fault, &[Channel])] = &[
    (Fault::LoginVerifiesAllAddresses, &[Channel::Sms, Channel::Email]),
    (Fault::ConflictIsMerged, &[Channel::Sms, Channel::Email]),
    (Fault::FirstMethodWins, &[Channel::Sms, Channel::Email]),
    (Fault::MailIsNoSecondFactor, &[Channel::Sms, Channel::Email]),
    (Fault::TextsInsteadOfMails, &[Channel::Sms, Channel::Email]),
    (Fault::MethodIsAlwaysSms, &[Channel::Email]),
    (Fault::MailUpdateIsForgotten, &[Channel::Email]),
    (Fault::CodesGoToTheOldMail, &[Channel::Email]),
    (Fault::LoginCodeCompletesUpdates, &[Channel::Email]),
    (Fault::MailVoidsNothing, &[Channel::Email]),
    (Fault::MailGuessesAreFree, &[Channel::Email]),
    (Fault::MailCodesNeverExpire, &[Channel::Email]),
    (Fault::MailCodesAreNotSpent, &[Channel::Email]),
    (Fault::MailSignInCreatesUsers, &[Channel::Email]),
    (Fault::MailUpdateNeedsNoToken, &[Channel::Email]),
    (Fault::MailMaskIsWhole, &[Channel::Email]),
    (Fault::MailAnswersTheCode, &[Channel::Email]),
    (Fault::NumberUnderPhoneOnly, &[Channel::Voice]),
    (Fault::CallsAreTexts, &[Channel::Voice]),
];

impl Fault {
    /// The methods that a run must be about to see it, by name: none, where any will do.
    pub fn methods(self) -> Vec<&'static str> {
        let between = OF_CHANNELS.iter().find(|(fault, _)| *fault == self).map(|(_, channels)| *channels);
        let copied = self.of_one_channel().map(|(channel, _)| vec![channel.name()]);
        let named = |channels: &[Channel]| channels.iter().map(|channel| channel.name()).collect();
        copied.or(between.map(named)).unwrap_or_default()
    }

    /// The channel whose handlers have it, and the fault that they have.
    pub(crate) fn of_one_channel(self) -> Option<(Channel, Fault)> {
        COPIES.iter().find(|(own, ..)| *own == self).map(|(_, channel, fault)| (*channel, *fault))
    }
}
