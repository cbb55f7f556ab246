//! Reads an answer as a stream, within limits: whatever a target sends, memory stays flat.
//!
//! What is beyond a limit is lost, and recorded as that: no target is judged by half an answer.

use std::io::Read as _;

use reqwest::header::HeaderValue;

use super::Target;
use crate::exchange::{Loss, Payload, Response};

/// Bytes of all header fields of an answer.
const HEADERS: usize = 64 * 1024;
/// Values in one JSON text: each takes many times its bytes in memory.
const VALUES: usize = 20_000;
/// How deep a JSON text may be nested. What is deeper is JSON still, and no reader of ours.
const DEPTH: usize = 120;
/// A body beyond this many bytes is a large one.
pub(super) const LARGE: usize = 16 * 1024;

impl Target {
    /// Reads what a connection brings.
    ///
    /// # Errors
    /// How it was lost.
    pub(super) async fn read(&self, response: reqwest::Response) -> Result<Response, Loss> {
        let status = response.status().as_u16();
        let fields = response.headers();
        if fields.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > HEADERS {
            return Err(Loss::TooLarge);
        }
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<_> =
            fields.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let bytes = bounded(response, self.max_body).await?;
        let codings = headers.iter().filter(|(name, _)| name == "content-encoding").map(|(_, value)| value);
        let bytes = decoded(bytes, codings.flat_map(|value| value.split(',')), self.max_body)?;
        if is_excessive(&bytes) || (bytes.len() > LARGE && !self.budget.holds_large(bytes.len())) {
            return Err(Loss::TooLarge);
        }
        Ok(Response { status, headers, body: Payload::from_bytes(&bytes) })
    }
}

/// The bytes of a body, at most so many.
///
/// # Errors
/// There are more, or the connection ended before the body did.
pub(in crate::drive) async fn bounded(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Loss> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| super::send::loss(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(Loss::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What a body is without its content codings, the last one first. We ask for none, and a server may choose all the
/// same (RFC 9110, 12.5.3).
fn decoded<'c>(
    mut bytes: Vec<u8>,
    codings: impl Iterator<Item = &'c str>,
    most: usize,
) -> Result<Vec<u8>, Loss> {
    let codings: Vec<String> = codings.map(|coding| coding.trim().to_ascii_lowercase()).collect();
    for coding in codings.iter().rev().filter(|coding| !coding.is_empty() && *coding != "identity") {
        if bytes.is_empty() {
            return Ok(bytes);
        }
        let whole = std::mem::take(&mut bytes);
        let read = match coding.as_str() {
            "gzip" | "x-gzip" => within(flate2::read::MultiGzDecoder::new(&whole[..]), most),
            // Some servers leave the wrapping out.
            "deflate" => within(flate2::read::ZlibDecoder::new(&whole[..]), most)
                .or_else(|_| within(flate2::read::DeflateDecoder::new(&whole[..]), most)),
            "br" => within(brotli_decompressor::Decompressor::new(&whole[..], 4096), most),
            "zstd" => match ruzstd::decoding::StreamingDecoder::new(&whole[..]) {
                Ok(reader) => within(reader, most),
                Err(_) => return Err(Loss::Undecodable),
            },
            _ => return Err(Loss::Undecodable),
        };
        bytes = read.map_err(|_| Loss::Undecodable)?;
        if bytes.len() > most {
            return Err(Loss::TooLarge);
        }
    }
    Ok(bytes)
}

/// At most one byte more than so many: enough to know that there are more.
fn within(reader: impl std::io::Read, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a JSON text has more values, or is deeper, than is read.
fn is_excessive(bytes: &[u8]) -> bool {
    let (mut depth, mut values, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    if !matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) {
        return false;
    }
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => (depth, values) = (depth + 1, values + 1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > DEPTH || values > VALUES {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const MOST: usize = 1000;

    fn read(bytes: &[u8], coding: &str) -> Result<Vec<u8>, Loss> {
        decoded(bytes.to_vec(), coding.split(','), MOST)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn content_codings_are_undone_in_turn() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(b"{}").unwrap();
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        bare.write_all(b"{}").unwrap();
        // What brotli and zstd make of `{}`.
        let brotli = [0x8b, 0x00, 0x80, 0x7b, 0x7d, 0x03];
        let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x02, 0x11, 0x00, 0x00, 0x7b, 0x7d];
        for (bytes, coding) in [
            (b"{}".to_vec(), "identity"),
            (gzip(b"{}"), "gzip"),
            (gzip(&gzip(b"{}")), "GZIP, gzip"),
            (zlib.finish().unwrap(), "deflate"),
            (bare.finish().unwrap(), "deflate"),
            (brotli.to_vec(), "br"),
            (zstd.to_vec(), "zstd"),
        ] {
            assert_eq!(read(&bytes, coding).as_deref(), Ok(&b"{}"[..]), "{coding}");
        }
        assert_eq!(read(b"", "gzip"), Ok(Vec::new()), "an empty body has no coding");
    }

    #[test]
    fn what_cannot_be_decoded_is_lost_and_a_bomb_is_cut() {
        for coding in ["gzip", "deflate", "br", "zstd", "rot13"] {
            assert_eq!(read(b"not that", coding), Err(Loss::Undecodable), "{coding}");
        }
        let bomb = gzip(&vec![b' '; 1_000_000]);
        assert!(bomb.len() < 2 * MOST);
        assert_eq!(read(&bomb, "gzip"), Err(Loss::TooLarge));
    }

    #[test]
    fn json_is_read_to_a_depth_and_a_number_of_values() {
        assert!(!is_excessive(br#"{"a": [1, 2, "[[[[,,,,\"[["], "b": {}}"#));
        assert!(!is_excessive(&b"[".repeat(DEPTH)) && is_excessive(&b"[".repeat(DEPTH + 1)));
        assert!(is_excessive(format!("[{}1]", "1,".repeat(VALUES)).as_bytes()));
        assert!(!is_excessive(",".repeat(VALUES * 2).as_bytes()), "what is no JSON is kept by its beginning");
    }
}
