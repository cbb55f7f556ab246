//! Every fault changes an answer somebody can see; without one, the answer is the right one.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;

use tokio::task::JoinSet;

use super::client::{self, ADA, Client};
use super::{probes, races};
use crate::emulator::{Fault, Settings, StaticOtp};

/// What a probe saw, without anything that chance decides.
pub(super) type Seen = Pin<Box<dyn Future<Output = String> + Send>>;
type Probe = fn(Client) -> Seen;

/// Which probe shows which faults.
const SHOWN_BY: &[(Probe, &[Fault])] = &[
    (
        probes::supersession,
        &[
            Fault::VerifyRejectsEverything,
            Fault::FirstCodeWins,
            Fault::LastTwoCodesValid,
            Fault::ResendRepeatsTheCode,
            Fault::NeverConsumed,
            Fault::ConsumedAtSecondUse,
            Fault::ConsumedAfterALag,
            Fault::OldCodeLingers,
            Fault::ResentCodeNotStored,
            Fault::AnyCodeAccepted,
            Fault::BareProjectRefusedAtVerify,
            Fault::NeedsSdkHeaders,
            Fault::LoginOptionsAreRequired,
            Fault::ProviderIsRequired,
            Fault::SignUpOrInRefusesNewcomers,
            Fault::WrongCodeHasOtherCode,
            Fault::WrongGuessConsumes,
        ],
    ),
    (probes::later_resends, &[Fault::EveryThirdResendKeepsTheOld, Fault::EveryTwentiethSendCrashes]),
    (probes::other_initiations, &[Fault::SignInVoidsNothing, Fault::SignUpVoidsNothing]),
    (
        probes::two_users,
        &[
            Fault::SendVoidsEverybody,
            Fault::SendVoidsTheUserBefore,
            Fault::AnotherUsersCodeAccepted,
            Fault::LockoutLocksEverybody,
        ],
    ),
    (probes::with_a_session, &[Fault::NotConsumedWithSession]),
    (
        probes::refused_sends,
        &[
            Fault::RefusedSignUpVoids,
            Fault::LimitedSendVoids,
            Fault::InvalidOptionsVoid,
            Fault::LimitedSendStillSends,
        ],
    ),
    (
        probes::resend_limit,
        &[
            Fault::ResendLimitIgnored,
            Fault::ResendLimitBySpelling,
            Fault::RateLimitIs503,
            Fault::RateLimitHasOtherCode,
            Fault::RetryAfterMissing,
            Fault::RetryAfterIsADate,
            Fault::RetryAfterHasAFraction,
        ],
    ),
    (
        probes::near_misses,
        &[
            Fault::MasterCodeLeftIn,
            Fault::CodePrefixAccepted,
            Fault::CodeSuffixIgnored,
            Fault::LastDigitIgnored,
            Fault::LeadingZerosIgnored,
            Fault::WrongCodeRevealsTheRight,
            Fault::CodeNullAccepted,
            Fault::CodeEmptyAccepted,
            Fault::CodeMissingAccepted,
            Fault::CodeListAccepted,
            Fault::CodeObjectAccepted,
            Fault::UnknownUserVerified,
        ],
    ),
    (
        probes::time_passes,
        &[
            Fault::ExpiredCodesAccepted,
            Fault::WrongGuessRenewsTheCode,
            Fault::ExpiredHasOtherCode,
            Fault::CodesLiveHalfAMinute,
        ],
    ),
    (probes::guessing, &[Fault::NoAttemptLimit, Fault::LockoutForgotten, Fault::LockoutHasOtherCode]),
    (
        probes::who_is_who,
        &[
            Fault::SignUpOrInRefusesReturners,
            Fault::SignUpOfRegisteredPasses,
            Fault::SignUpErrorIsGeneric,
            Fault::SignInCreatesUsers,
            Fault::SignInErrorIsGeneric,
            Fault::SignUpOfInvitedRefused,
            Fault::SignInRefusesReturners,
            Fault::SignInForksTheUser,
            Fault::FreshIdAtEachLogin,
            Fault::FreshIdEveryThirdLogin,
            Fault::UnknownNameAccepted,
            Fault::StoredPhoneIgnored,
            Fault::DashesMakeAnotherUser,
            Fault::EmptyLoginIdAccepted,
            Fault::MissingLoginIdAccepted,
            Fault::MissingLoginIdHasOtherCode,
        ],
    ),
    (
        probes::messages,
        &[
            Fault::MessageGoesToTheCallerBefore,
            Fault::MessageLacksTheCode,
            Fault::MessageLosesZeros,
            Fault::DuplicateKeysDisagree,
        ],
    ),
    (
        probes::hostile_bodies,
        &[
            Fault::CrashesOnMalformedJson,
            Fault::UnparseableIsJustInvalid,
            Fault::UnparseableIsEmpty,
            Fault::CrashesOnEmptyBody,
            Fault::CrashesOnByteOrderMark,
            Fault::CrashesOnInvalidUtf8,
            Fault::CrashesOnDeepNesting,
            Fault::CrashesAbove64Kilobytes,
            Fault::CrashesOnNul,
            Fault::CrashesOnLoneSurrogate,
            Fault::CrashesOnAstralCharacters,
            Fault::CrashesOnPrototypeKey,
            Fault::CrashesOnTopLevelArray,
            Fault::CrashesOnTopLevelNull,
            Fault::CrashesOnTopLevelText,
            Fault::CrashesOnLoginIdOfOtherType,
            Fault::CrashesOnOptionsOfOtherType,
            Fault::CrashesOnMissingLoginId,
            Fault::CrashesOnUnknownMember,
            Fault::CrashesOnHugeNumber,
            Fault::CrashesOnDuplicateKeys,
            Fault::CrashesOnLongLoginId,
            Fault::CrashesOnQuoteInLoginId,
            Fault::EscapesNotDecoded,
            Fault::GeneralLimitIsTight,
            Fault::ErrorsHaveNoBody,
            Fault::ErrorsAreHtml,
            Fault::ErrorsAreNested,
            Fault::ErrorCodeIsMissing,
            Fault::ErrorDescriptionIsMissing,
            Fault::ErrorCodeIsANumber,
            Fault::ErrorCodeIsLowerCase,
            Fault::ErrorCodeLosesItsZero,
        ],
    ),
    (
        probes::bearers,
        &[
            Fault::CrashesOnLowerCaseBearer,
            Fault::CrashesOnEmptyBearer,
            Fault::CrashesOnColonsInBearer,
            Fault::CrashesWithoutContentType,
            Fault::DropsChunkedBodies,
            Fault::MissingBearerAccepted,
            Fault::AnyProjectAccepted,
            Fault::ProjectWithSuffixAccepted,
            Fault::ProjectInAnyCaseAccepted,
            Fault::AuthKeyRefused,
            Fault::ManagementKeyNotAsked,
            Fault::ManagementKeyPrefixAccepted,
            Fault::KeysNeedABearer,
            Fault::KeysRefuseABearer,
            Fault::UpdateNeedsNoToken,
        ],
    ),
    (
        probes::options,
        &[
            Fault::EmptyOptionsRefused,
            Fault::NullClaimsRefused,
            Fault::NullSsoAppRefused,
            Fault::FalseCountsAsAsked,
            Fault::TemplateRefused,
            Fault::TopLevelTemplateRefused,
            Fault::FullSampleRefused,
            Fault::EmptyClaimsRefused,
            Fault::PkceChallengeRefused,
            Fault::ClaimKeyOf60Refused,
            Fault::ClaimValueOf500Refused,
            Fault::HundredthClaimRefused,
            Fault::ClaimValuesCountedInBytes,
        ],
    ),
    (
        probes::send_answers,
        &[
            Fault::SendAnswersAList,
            Fault::SendAnswersText,
            Fault::SendAnswersNothing,
            Fault::MaskIsNull,
            Fault::MaskIsANumber,
            Fault::MaskIsMissing,
            Fault::MaskIsTheNumber,
            Fault::MaskIsFourDigits,
            Fault::AttemptsAreText,
            Fault::AttemptsAreNegative,
            Fault::TokensAtInitiation,
            Fault::KnownUsersNeedNoCode,
            Fault::CodeInTheBody,
            Fault::CodeInBase64,
            Fault::CodeBackwards,
            Fault::CodeInAHeader,
        ],
    ),
    (
        probes::login_answers,
        &[
            Fault::LoginIdsAreEmpty,
            Fault::FirstSeenIsNeverTrue,
            Fault::FirstSeenIsAlwaysTrue,
            Fault::PhoneIsNeverVerified,
            Fault::UserLacksCreatedTime,
            Fault::UserLacksEmptyLists,
            Fault::LoginLacksTheUser,
            Fault::IssuerIsTheVendor,
            Fault::SubjectIsThePhone,
            Fault::SessionSaysDsr,
            Fault::RefreshHasNoKind,
            Fault::RefreshHasNoMethods,
            Fault::MethodIsOtp,
            Fault::ExpiryInMilliseconds,
            Fault::ExpiryIsText,
            Fault::IssuedIsText,
            Fault::IssuedAfterExpiry,
            Fault::KeyIdIsUnknown,
            Fault::KeysAreStale,
            Fault::RefreshSignedByAnotherKey,
            Fault::EveryFourthSessionSignedByAnotherKey,
            Fault::KeyHasNoAlgorithm,
            Fault::KeyHasNoUse,
            Fault::AudienceIsAnother,
        ],
    ),
    (
        probes::claims,
        &[
            Fault::ClaimsAreDropped,
            Fault::ClaimsAtTopLevel,
            Fault::ClaimsOverrideRegistered,
            Fault::ClaimsCanStepUp,
            Fault::ClaimsBecomeText,
            Fault::ClaimsAreCutAt255,
            Fault::NestedClaimsAreLost,
            Fault::OptionsStick,
            Fault::SupersededOptionsStay,
        ],
    ),
    (
        probes::second_factors,
        &[
            Fault::StepUpIgnored,
            Fault::RefreshIsSteppedUp,
            Fault::SameChannelIsMultiFactor,
            Fault::RevokeOthersIgnored,
            Fault::RevokeOthersTakesTheNew,
            Fault::RevokeOthersAtInitiation,
            Fault::ForeignTokenStepsUp,
            Fault::StepUpSticks,
        ],
    ),
    (
        probes::sessions,
        &[
            Fault::RefreshLosesMethods,
            Fault::RefreshReturnsTheFirst,
            Fault::RefreshRefused,
            Fault::RefreshNeedsABody,
            Fault::RefreshRefusesABody,
            Fault::LogoutForgets,
            Fault::LogoutLags,
            Fault::MeIgnoresLogout,
            Fault::LoggedOutHasOtherCode,
            Fault::LogoutAllEndsOnlyThis,
            Fault::LogoutAllSparesTheOldest,
            Fault::MeIsWrapped,
            Fault::LogoutAnswersNothing,
            Fault::LogoutEndsAll,
            Fault::LogoutEndsTheOldest,
            Fault::LogoutAllHitsEverybody,
        ],
    ),
    (
        probes::forged_tokens,
        &[
            Fault::ExpiredTokenAccepted,
            Fault::UnsignedTokenAccepted,
            Fault::HmacTokenAccepted,
            Fault::SignatureIgnored,
            Fault::ForeignIssuerAccepted,
            Fault::SessionTokenRefreshes,
            Fault::MeTakesSessionTokens,
        ],
    ),
    (
        probes::updates,
        &[
            Fault::UpdateOfOthersAllowed,
            Fault::UpdateAppliesAtSend,
            Fault::UpdateAddsLoginIdAtOnce,
            Fault::UpdateAppliesOnWrongCode,
        ],
    ),
    (
        probes::test_users,
        &[
            Fault::InitiationVoidsGenerated,
            Fault::GeneratedNeedsInitiation,
            Fault::TestFlagIsLost,
            Fault::TestClaimMissing,
            Fault::RefreshLosesTestClaim,
            Fault::GeneratedCodeIsANumber,
            Fault::CodesGeneratedForAnybody,
            Fault::CodesGeneratedForNobody,
            Fault::DeleteAllSparesTheFirst,
            Fault::DeleteAllSparesLoggedIn,
            Fault::DeleteAllTakesOrdinaryUsers,
            Fault::TestUserLimitIgnored,
            Fault::TestUserLimitHasOtherCode,
            Fault::DeletedUserLoads,
            Fault::DeleteAnswersNothing,
            Fault::MissingUserHasOtherCode,
            Fault::StaticCodeForAnybody,
        ],
    ),
];

/// Which overlapping requests show which faults.
const SHOWN_BY_RACES: &[(Probe, &[Fault])] = &[
    (races::one_code, &[Fault::CheckedThenSpent]),
    (races::a_send_during_a_login, &[Fault::LoginForgetsNewerCodes]),
    (races::guesses, &[Fault::ParallelGuessesCountOnce]),
    (races::two_sends, &[Fault::OverlappingSendsBothLive]),
    (races::two_sign_ups, &[Fault::OverlappingSignUpsMakeTwoUsers]),
    (races::refresh_and_logout, &[Fault::LogoutLosesToRefresh]),
    (races::two_users, &[Fault::AnswersSwapUnderLoad]),
    (races::a_crowd, &[Fault::CrashesUnderLoad]),
];

async fn seen(http: &reqwest::Client, probe: Probe, faults: Vec<Fault>) -> String {
    let static_otp = Some(StaticOtp { login_id_pattern: "static-.*".into(), code: "111222".into() });
    let settings = Settings { faults, static_otp, test_user_limit: 5, ..Settings::default() };
    probe(Client::over(http.clone(), settings).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_changes_what_its_probe_sees() {
    let http = client::http();
    let mut probes = JoinSet::new();
    for (probe, faults) in SHOWN_BY {
        let http = http.clone();
        probes.spawn(async move { hidden(&http, *probe, faults).await });
    }
    let mut hidden_ones: Vec<String> = probes.join_all().await.into_iter().flatten().collect();
    // Overlapping requests must meet within a moment: nothing else may run beside them.
    for (probe, faults) in SHOWN_BY_RACES {
        hidden_ones.extend(hidden(&http, *probe, faults).await);
    }
    assert!(hidden_ones.is_empty(), "{hidden_ones:#?}");
}

/// Faults whose server answers a probe as a right one does.
async fn hidden(http: &reqwest::Client, probe: Probe, faults: &[Fault]) -> Vec<String> {
    let right = seen(http, probe, Vec::new()).await;
    assert_eq!(right, seen(http, probe, Vec::new()).await, "a probe must not depend on chance");
    let mut hidden = Vec::new();
    for fault in faults {
        if seen(http, probe, vec![*fault]).await == right {
            hidden.push(format!("{fault} hides from: {right}"));
        }
    }
    hidden
}

#[test]
fn each_fault_has_a_probe() {
    let shown: HashSet<Fault> =
        SHOWN_BY.iter().chain(SHOWN_BY_RACES).flat_map(|(_, faults)| faults.iter().copied()).collect();
    let unseen: Vec<_> = Fault::ALL.iter().filter(|fault| !shown.contains(fault)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
    assert!(Fault::ALL.len() >= 100, "{}", Fault::ALL.len());
}

#[test]
fn each_fault_is_asked_about_at_one_place() {
    let sources = super::list::sources();
    for fault in Fault::ALL {
        let asked = format!("Fault::{fault:?}");
        let count = sources.iter().map(|source| mentions(source, &asked)).sum::<usize>();
        assert_eq!(count, 1, "{asked}");
    }
}

fn mentions(source: &str, word: &str) -> usize {
    let ends = |at: usize| !source[at + word.len()..].starts_with(|next: char| next.is_alphanumeric());
    source.match_indices(word).filter(|(at, _)| ends(*at)).count()
}

#[tokio::test]
async fn no_fault_is_on_by_default() {
    let client = Client::new().await;
    assert_eq!(client.log_in(ADA).await.status, 200);
    assert!(Settings::default().faults.is_empty());
}
