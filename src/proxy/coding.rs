//! Bodies as they were before they were compressed, so that a judge can read them. What passes keeps its form.

use std::borrow::Cow;
use std::io::Read as _;

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::{DeflateDecoder, GzEncoder, MultiGzDecoder, ZlibDecoder};

/// The largest body that is unpacked. A few kilobytes of zeros unpack to gigabytes.
const LARGEST: u64 = 64 << 20;

/// Codings of `Content-Encoding` and `Accept-Encoding` that are read here. Source: RFC 9110, 8.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// `gzip` and `x-gzip`.
    Gzip,
    /// `deflate`: zlib, or the raw stream that some senders mean by it.
    Deflate,
}

/// The codings of a message, in the order in which they were applied; `None` where one is not read here.
pub(super) fn codings(headers: &HeaderMap) -> Option<Vec<Coding>> {
    let named = headers.get_all(header::CONTENT_ENCODING).iter();
    let names = named.flat_map(|value| value.to_str().unwrap_or("?").split(','));
    let read = |name: &str| match name.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Some(None),
        "gzip" | "x-gzip" => Some(Some(Coding::Gzip)),
        "deflate" => Some(Some(Coding::Deflate)),
        _ => None,
    };
    let all: Option<Vec<Option<Coding>>> = names.map(read).collect();
    Some(all?.into_iter().flatten().collect())
}

/// The bytes with every coding undone; as they are where that cannot be done.
pub(super) fn plain<'b>(bytes: &'b [u8], headers: &HeaderMap) -> Cow<'b, [u8]> {
    let codings = codings(headers).filter(|codings| !codings.is_empty());
    codings.and_then(|codings| undone(bytes, codings)).unwrap_or(Cow::Borrowed(bytes))
}

fn undone(bytes: &[u8], codings: Vec<Coding>) -> Option<Cow<'_, [u8]>> {
    let mut codings = codings.into_iter().rev();
    codings.try_fold(Cow::Borrowed(bytes), |bytes, coding| unpacked(&bytes, coding).map(Cow::Owned))
}

/// Whether bytes are in none of the codings that are named for them, or not in all. Of codings that are not read here
/// nothing is known.
pub(super) fn is_miscoded(bytes: &[u8], headers: &HeaderMap) -> bool {
    !bytes.is_empty() && codings(headers).is_some_and(|codings| undone(bytes, codings).is_none())
}

fn unpacked(bytes: &[u8], coding: Coding) -> Option<Vec<u8>> {
    let read = |source: &mut dyn std::io::Read| {
        let mut out = Vec::new();
        let length = source.take(LARGEST + 1).read_to_end(&mut out).ok()?;
        (length as u64 <= LARGEST).then_some(out)
    };
    match coding {
        // A file of gzip may have several members. Source: RFC 1952, 2.2.
        Coding::Gzip => read(&mut MultiGzDecoder::new(bytes)),
        Coding::Deflate => {
            read(&mut ZlibDecoder::new(bytes)).or_else(|| read(&mut DeflateDecoder::new(bytes)))
        }
    }
}

/// Whether a request says that its client reads gzip. One that says nothing may read nothing.
pub(super) fn reads_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut offers = named.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    offers.any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// The body as gzip, and the header that says so.
pub(super) fn pack(body: &mut Bytes, headers: &mut HeaderMap) {
    let mut packed = Vec::new();
    // Reading from memory into memory cannot fail.
    if GzEncoder::new(body.as_ref(), Compression::fast()).read_to_end(&mut packed).is_ok() {
        *body = packed.into();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

/// Header fields as a history holds them.
pub(super) fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn what_was_packed_is_read() {
        let (mut body, mut head) = (Bytes::from_static(b"{\"a\":1}"), HeaderMap::new());
        pack(&mut body, &mut head);
        assert_ne!(body, "{\"a\":1}");
        assert_eq!(plain(&body, &head).as_ref(), b"{\"a\":1}");
        assert_eq!(
            plain(&body, &headers(header::CONTENT_ENCODING, "identity, x-GZIP")).as_ref(),
            b"{\"a\":1}"
        );
    }

    #[test]
    fn a_body_packed_in_two_members_is_read_whole() {
        let (mut first, mut second) = (Bytes::from_static(b"{\"a\""), Bytes::from_static(b":1}"));
        let mut head = HeaderMap::new();
        pack(&mut first, &mut head);
        pack(&mut second, &mut head);
        assert_eq!(plain(&[first, second].concat(), &head).as_ref(), b"{\"a\":1}");
    }

    #[test]
    fn what_is_not_read_stays_as_it_is() {
        let unknown = headers(header::CONTENT_ENCODING, "br");
        assert_eq!((codings(&unknown), plain(b"x", &unknown).as_ref()), (None, b"x".as_ref()));
        assert_eq!(plain(b"x", &headers(header::CONTENT_ENCODING, "gzip")).as_ref(), b"x");
        let miscoded = |name| is_miscoded(b"x", &headers(header::CONTENT_ENCODING, name));
        assert!(miscoded("gzip") && miscoded("deflate, gzip"));
        assert!(
            !miscoded("identity")
                && !miscoded("br")
                && !is_miscoded(b"", &headers(header::CONTENT_ENCODING, "gzip"))
        );
        assert_eq!(codings(&HeaderMap::new()), Some(Vec::new()));
    }

    #[test]
    fn a_client_reads_gzip_where_it_says_so() {
        for (offer, reads) in
            [("gzip, br", true), ("br;q=1.0, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false)]
        {
            assert_eq!(reads_gzip(&headers(header::ACCEPT_ENCODING, offer)), reads, "{offer}");
        }
        assert!(!reads_gzip(&HeaderMap::new()));
    }
}
