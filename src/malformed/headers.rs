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
    Bearer(Bearer),
}

/// Other ways to write `Bearer TOKEN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
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

impl Bearer {
    /// Every form with its name.
    pub const ALL: &[(&str, Bearer)] = &[
        ("lower-case", Bearer::LowerCase),
        ("upper-case", Bearer::UpperCase),
        ("two-spaces", Bearer::TwoSpaces),
        ("tab", Bearer::Tab),
        ("no-space", Bearer::NoSpace),
        ("empty", Bearer::Empty),
        ("no-scheme", Bearer::NoScheme),
        ("basic", Bearer::Basic),
        ("trailing-space", Bearer::TrailingSpace),
        ("trailing-colon", Bearer::TrailingColon),
        ("leading-colon", Bearer::LeadingColon),
        ("double-colon", Bearer::DoubleColon),
        ("many-parts", Bearer::ManyParts),
        ("quoted", Bearer::Quoted),
        ("list", Bearer::List),
    ];

    /// The header value in this form, for a token.
    pub fn write(self, token: &str) -> String {
        match self {
            Bearer::LowerCase => format!("bearer {token}"),
            Bearer::UpperCase => format!("BEARER {token}"),
            Bearer::TwoSpaces => format!("Bearer  {token}"),
            Bearer::Tab => format!("Bearer\t{token}"),
            Bearer::NoSpace => format!("Bearer{token}"),
            Bearer::Empty => "Bearer".to_owned(),
            Bearer::NoScheme => token.to_owned(),
            Bearer::Basic => format!("Basic {token}"),
            Bearer::TrailingSpace => format!("Bearer {token} "),
            Bearer::TrailingColon => format!("Bearer {token}:"),
            Bearer::LeadingColon => format!("Bearer :{token}"),
            Bearer::DoubleColon => format!("Bearer {token}::"),
            Bearer::ManyParts => format!("Bearer {token}:x:x:x"),
            Bearer::Quoted => format!("Bearer \"{token}\""),
            Bearer::List => format!("Bearer {token}, Bearer {token}"),
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
    let form = |(name, form): &(&str, Bearer)| {
        Malformed::body(format!("bearer-{name}"), text, true).with(HeaderChange::Bearer(*form))
    };
    let mut all: Vec<Malformed> = Bearer::ALL.iter().map(form).collect();
    let repeated = Malformed::body("bearer-repeated", text, true);
    all.push(repeated.with(HeaderChange::Repeat("authorization")));
    let missing = Malformed::body("bearer-missing", text, true);
    all.push(missing.with(HeaderChange::Remove("authorization")));
    all
}
