//! Unusual headers and framing around a valid body.

use super::{Framing, Malformed};

/// One change to the headers of the valid request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderChange {
    /// The header is not sent.
    Remove(&'static str),
    /// The header has this value instead.
    Set(&'static str, String),
    /// The header is sent a second time, with this value.
    Add(&'static str, String),
    /// The header is sent twice with the value it has.
    Repeat(&'static str),
    /// The bearer token is written in another form.
    Bearer(MalformedBearer),
}

/// Other ways to write `Bearer TOKEN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedBearer {
    /// `bearer TOKEN`
    LowerCase,
    /// `BEARER TOKEN`
    UpperCase,
    /// Two spaces between.
    TwoSpaces,
    /// A tab between.
    Tab,
    /// `BearerTOKEN`
    NoSpace,
    /// The scheme alone.
    Empty,
    /// The token alone.
    NoScheme,
    /// `Basic TOKEN`
    Basic,
    /// A space behind.
    TrailingSpace,
    /// `Bearer TOKEN:`
    TrailingColon,
    /// `Bearer :TOKEN`
    LeadingColon,
    /// `Bearer TOKEN::`
    DoubleColon,
    /// `Bearer TOKEN:x:x:x`
    ManyParts,
    /// `Bearer "TOKEN"`
    Quoted,
    /// `Bearer TOKEN, Bearer TOKEN`
    List,
}

impl MalformedBearer {
    /// Every form with its name.
    pub const ALL: &[(&str, MalformedBearer)] = &[
        ("lower-case", MalformedBearer::LowerCase),
        ("upper-case", MalformedBearer::UpperCase),
        ("two-spaces", MalformedBearer::TwoSpaces),
        ("tab", MalformedBearer::Tab),
        ("no-space", MalformedBearer::NoSpace),
        ("empty", MalformedBearer::Empty),
        ("no-scheme", MalformedBearer::NoScheme),
        ("basic", MalformedBearer::Basic),
        ("trailing-space", MalformedBearer::TrailingSpace),
        ("trailing-colon", MalformedBearer::TrailingColon),
        ("leading-colon", MalformedBearer::LeadingColon),
        ("double-colon", MalformedBearer::DoubleColon),
        ("many-parts", MalformedBearer::ManyParts),
        ("quoted", MalformedBearer::Quoted),
        ("list", MalformedBearer::List),
    ];

    /// The header value in this form, for a token.
    pub fn write(self, token: &str) -> String {
        match self {
            MalformedBearer::LowerCase => format!("bearer {token}"),
            MalformedBearer::UpperCase => format!("BEARER {token}"),
            MalformedBearer::TwoSpaces => format!("Bearer  {token}"),
            MalformedBearer::Tab => format!("Bearer\t{token}"),
            MalformedBearer::NoSpace => format!("Bearer{token}"),
            MalformedBearer::Empty => "Bearer".to_owned(),
            MalformedBearer::NoScheme => token.to_owned(),
            MalformedBearer::Basic => format!("Basic {token}"),
            MalformedBearer::TrailingSpace => format!("Bearer {token} "),
            MalformedBearer::TrailingColon => format!("Bearer {token}:"),
            MalformedBearer::LeadingColon => format!("Bearer :{token}"),
            MalformedBearer::DoubleColon => format!("Bearer {token}::"),
            MalformedBearer::ManyParts => format!("Bearer {token}:x:x:x"),
            MalformedBearer::Quoted => format!("Bearer \"{token}\""),
            MalformedBearer::List => format!("Bearer {token}, Bearer {token}"),
        }
    }
}

const CONTENT_TYPE: &str = "content-type";

pub(super) fn content_types(text: &str) -> Vec<Malformed> {
    let types = [
        ("text", "text/plain"),
        ("form", "application/x-www-form-urlencoded"),
        ("multipart", "multipart/form-data; boundary=x"),
        ("octets", "application/octet-stream"),
        ("other-json", "application/vnd.api+json"),
        ("empty", ""),
        ("garbage", ";;;/"),
        ("upper-case", "APPLICATION/JSON"),
        ("charset-utf-8", "application/json; charset=utf-8"),
        ("charset-utf-16", "application/json; charset=utf-16"),
        ("charset-latin-1", "application/json; charset=iso-8859-1"),
        ("charset-unknown", "application/json; charset=no-such-charset"),
    ];
    let set = |(name, value): (&str, &str)| {
        Malformed::body(format!("content-type-{name}"), text, true)
            .with(HeaderChange::Set(CONTENT_TYPE, value.to_owned()))
    };
    let mut all: Vec<Malformed> = types.into_iter().map(set).collect();
    let missing = Malformed::body("content-type-missing", text, true);
    all.push(missing.with(HeaderChange::Remove(CONTENT_TYPE)));
    let repeated = Malformed::body("content-type-repeated", text, true);
    all.push(repeated.with(HeaderChange::Repeat(CONTENT_TYPE)));
    let second = HeaderChange::Add(CONTENT_TYPE, "text/plain".to_owned());
    all.push(Malformed::body("content-type-second", text, true).with(second));
    let packed = HeaderChange::Set("content-encoding", "gzip".to_owned());
    all.push(Malformed::body("content-encoding-untrue", text, true).with(packed));
    all
}

pub(super) fn framings(text: &str) -> Vec<Malformed> {
    let chunked = |name: &str, size| Malformed::body(name, text, true).framed(Framing::Chunked(size));
    let mut all = vec![chunked("chunked-bytewise", 1), chunked("chunked-whole", text.len().max(1))];
    all.push(Malformed::body("chunked-empty", "", false).framed(Framing::Chunked(1)));
    let many = (0..60).map(|number| HeaderChange::Add("x-filler", number.to_string()));
    all.push(many.fold(Malformed::body("sixty-more-headers", text, true), Malformed::with));
    let long = HeaderChange::Set("x-filler", "a".repeat(6000));
    all.push(Malformed::body("long-header", text, true).with(long));
    let odd = HeaderChange::Set("accept", "text/html".to_owned());
    all.push(Malformed::body("accept-html", text, true).with(odd));
    all
}

pub(super) fn bearers(text: &str) -> Vec<Malformed> {
    let form = |(name, form): &(&str, MalformedBearer)| {
        Malformed::body(format!("bearer-{name}"), text, true).with(HeaderChange::Bearer(*form))
    };
    let mut all: Vec<Malformed> = MalformedBearer::ALL.iter().map(form).collect();
    let repeated = Malformed::body("bearer-repeated", text, true);
    all.push(repeated.with(HeaderChange::Repeat("authorization")));
    let missing = Malformed::body("bearer-missing", text, true);
    all.push(missing.with(HeaderChange::Remove("authorization")));
    all
}
