//! Deliberate bugs: one flat list from which names, documents and blame are derived.

use super::switch::switches;

switches! {
    /// A deliberate bug; each breaks the requirements it names, and nothing else of the server.
    Fault is a "fault" {
        VerifyRejectsEverything "verify-rejects-everything" ["OTP-041", "OTP-055"]
            "Every code is wrong: a deployment whose verify service reads another store than its send service.";
        FirstCodeWins "first-code-wins" ["OTP-055", "OTP-054"]
            "A resend delivers a new code but the first stays the stored one: INSERT … ON CONFLICT DO NOTHING.";
        LastTwoCodesValid "last-two-codes-valid" ["OTP-054"]
            "The previous code stays valid beside the new one: kindness to users whose messages arrive late.";
        ResendRepeatsTheCode "resend-repeats-the-code" ["OTP-054"]
            "A resend within the lifetime delivers the same code again, as many home-made implementations do.";
        NeverConsumed "never-consumed" ["OTP-046", "OTP-107"]
            "A verified code stays valid until it expires: nobody deletes it.";
        ConsumedAtSecondUse "consumed-at-second-use" ["OTP-046", "OTP-107"]
            "A code works twice: the use counter is compared with > where >= was meant.";
        NotConsumedWithSession "not-consumed-with-session" ["OTP-046", "OTP-107"]
            "With a refresh JWT in the bearer the code is not spent: the step-up path forgot what the login path does.";
        ConsumedAfterALag "consumed-after-a-lag" ["OTP-046"]
            "A spent code works for another two seconds: deletion goes through a queue.";
        EveryThirdResendKeepsTheOld "every-third-resend-keeps-the-old" ["OTP-054"]
            "One of three cache nodes misses the invalidation, so every third resend leaves the old code valid.";
        OldCodeLingers "old-code-lingers" ["OTP-054"]
            "The superseded code works for two more seconds: reads come from a replica that lags.";
        SignInVoidsNothing "sign-in-voids-nothing" ["OTP-056"]
            "Codes are keyed by operation, so that a sign-in leaves the code of a sign-up-or-in valid.";
        SignUpVoidsNothing "sign-up-voids-nothing" ["OTP-056"]
            "Codes are keyed by operation, so that a sign-up leaves the code of a sign-up-or-in valid.";
        ResentCodeNotStored "resent-code-not-stored" ["OTP-055"]
            "A resend voids the old code and delivers a new one, but the write of the new one is lost.";
        SendVoidsEverybody "send-voids-everybody" ["OTP-057", "OTP-117"]
            "A send clears the pending codes of the whole project: a DELETE without its WHERE.";
        SendVoidsTheUserBefore "send-voids-the-user-before" ["OTP-057", "OTP-117"]
            "Codes are cached in slots of two users by serial number; the second of a pair evicts the first.";
        InitiationVoidsGenerated "initiation-voids-generated" ["OTP-058"]
            "An initiation voids the generated code of a test user too, so that the usual order of SDK tests fails.";
        RefusedSignUpVoids "refused-sign-up-voids" ["OTP-059"]
            "The old code is cleared before the sign-up is refused for a registered user.";
        LimitedSendVoids "limited-send-voids" ["OTP-059"]
            "The old code is cleared before the resend limit is looked at: the user is left with nothing.";
        InvalidOptionsVoid "invalid-options-void" ["OTP-059"]
            "The old code is cleared before the login options are validated.";
        ResendLimitIgnored "resend-limit-ignored" ["OTP-052"]
            "Nobody counts messages per recipient: an SMS pump.";
        ResendLimitBySpelling "resend-limit-by-spelling" ["OTP-052"]
            "Messages are counted per login ID as it was written; a dash more resets the count.";
        LimitedSendStillSends "limited-send-still-sends" ["OTP-052"]
            "Beyond the limit the answer is 429, but the message is queued already.";
        AnyCodeAccepted "any-code-accepted" ["OTP-042", "OTP-045", "OTP-049"]
            "Any code opens a session while one is pending: a test switch left on.";
        AnotherUsersCodeAccepted "another-users-code-accepted" ["OTP-045", "OTP-117"]
            "A code is looked up by its value alone, so that anybody's pending code will do.";
        MasterCodeLeftIn "master-code-left-in" ["OTP-042"]
            "000000 always works: the back door of the test team went to production.";
        CodePrefixAccepted "code-prefix-accepted" ["OTP-042"]
            "The comparison stops at the end of the guess: strncmp with the wrong length.";
        CodeSuffixIgnored "code-suffix-ignored" ["OTP-042"]
            "Everything after the code is ignored: the comparison stops at the end of the stored code.";
        LastDigitIgnored "last-digit-ignored" ["OTP-042"]
            "The last digit is not compared: an off-by-one in a hand-made constant-time comparison.";
        LeadingZerosIgnored "leading-zeros-ignored" ["OTP-042"]
            "Codes are compared as numbers, so that zeros in front may come and go.";
        WrongCodeHasOtherCode "wrong-code-has-other-code" ["OTP-042"]
            "A wrong code is answered E011004, invalid arguments, so that clients cannot tell the user what to do.";
        UnknownUserVerified "unknown-user-verified" ["OTP-044"]
            "Verify for a login ID nobody has creates the user and logs it in.";
        ExpiredCodesAccepted "expired-codes-accepted" ["OTP-047"]
            "A code never expires: the job that removes old codes does not run.";
        WrongGuessRenewsTheCode "wrong-guess-renews-the-code" ["OTP-047"]
            "A wrong guess writes the row back with a new time, so that a guessed-at code lives on.";
        ExpiredHasOtherCode "expired-has-other-code" ["OTP-048"]
            "An expired code is answered E011004 instead of E061104 or E061102.";
        CodesLiveHalfAMinute "codes-live-half-a-minute" ["OTP-041"]
            "A lifetime in minutes is read as seconds and rounded up to thirty: right codes fail before the least minute.";
        NoAttemptLimit "no-attempt-limit" ["OTP-049"]
            "Wrong guesses are not counted: a million tries find any code.";
        LockoutForgotten "lockout-forgotten" ["OTP-050", "OTP-049"]
            "The lockout is answered but the code stays: the right one works afterwards.";
        LockoutHasOtherCode "lockout-has-other-code" ["OTP-050"]
            "The lockout is answered E011004.";
        WrongGuessConsumes "wrong-guess-consumes" ["OTP-051"]
            "The first wrong guess destroys the code: a typing mistake costs another message.";
        LockoutLocksEverybody "lockout-locks-everybody" ["OTP-112", "OTP-117"]
            "The count of wrong guesses is one for the project, so that one user's mistakes lock all pending codes.";
        WrongCodeRevealsTheRight "wrong-code-reveals-the-right" ["OTP-105"]
            "The error text says which code was expected: an assertion message that reached the client.";
        CodeNullAccepted "code-null-accepted" ["OTP-043"]
            "A code of null is taken for right: the comparison is skipped when there is nothing to compare.";
        CodeEmptyAccepted "code-empty-accepted" ["OTP-043"]
            "An empty code is a prefix of every code.";
        CodeMissingAccepted "code-missing-accepted" ["OTP-043"]
            "A verify without the member code passes: an undefined that equals an undefined.";
        CodeListAccepted "code-list-accepted" ["OTP-043", "OTP-049"]
            "A list of codes is accepted if one of them is right: the query became an IN (…), and a list holds many guesses.";
        CodeObjectAccepted "code-object-accepted" ["OTP-043", "OTP-042"]
            "An object such as {\"$ne\": \"\"} reaches the document store's query language and matches any code.";
        SignUpOrInRefusesNewcomers "sign-up-or-in-refuses-newcomers" ["OTP-029", "OTP-001"]
            "An unknown number is refused as if only sign-in were asked for.";
        SignUpOrInRefusesReturners "sign-up-or-in-refuses-returners" ["OTP-030"]
            "A registered number is refused as if only sign-up were asked for.";
        SignUpOfRegisteredPasses "sign-up-of-registered-passes" ["OTP-031"]
            "Sign-up of a registered number sends a code: account recovery by sign-up.";
        SignUpErrorIsGeneric "sign-up-error-is-generic" ["OTP-032"]
            "Sign-up of a registered number is refused as E011004.";
        SignInCreatesUsers "sign-in-creates-users" ["OTP-033"]
            "Sign-in of an unknown number sends a code and creates the user.";
        SignInErrorIsGeneric "sign-in-error-is-generic" ["OTP-034"]
            "Sign-in of an unknown number is refused as E011004.";
        SignUpOfInvitedRefused "sign-up-of-invited-refused" ["OTP-035"]
            "An invited user who never logged in counts as registered.";
        SignInRefusesReturners "sign-in-refuses-returners" ["OTP-106"]
            "Sign-in looks for users in the table of pending sign-ups and never finds a registered one.";
        SignInForksTheUser "sign-in-forks-the-user" ["OTP-106", "OTP-037"]
            "A login begun by sign-in ends in a user of its own: two services, two user tables.";
        FreshIdAtEachLogin "fresh-id-at-each-login" ["OTP-037", "OTP-030"]
            "Each login creates the user again, with a new user ID.";
        FreshIdEveryThirdLogin "fresh-id-every-third-login" ["OTP-037", "OTP-030"]
            "One of three nodes does not find existing users and creates them again.";
        UnknownNameAccepted "unknown-name-accepted" ["OTP-010"]
            "A login ID that is neither a number nor a user is answered 200, and nothing is sent.";
        StoredPhoneIgnored "stored-phone-ignored" ["OTP-011"]
            "A user whose login ID is a name is refused although the phone is known.";
        MessageGoesToTheCallerBefore "message-goes-to-the-caller-before" ["OTP-113", "OTP-117"]
            "Every fifth message goes to the number of the send before: a variable shared between requests.";
        MessageLacksTheCode "message-lacks-the-code" ["OTP-113"]
            "The text is the bare template, its placeholder not filled in.";
        MessageLosesZeros "message-loses-zeros" ["OTP-113"]
            "The code in the message is printed as a number, so that one in ten users receives five digits.";
        GeneratedNeedsInitiation "generated-needs-initiation" ["OTP-096"]
            "A generated code verifies only if a login was begun: the check for a pending login came first.";
    }
}
