//! The part of HAR 1.2 that is written here. <http://www.softwareishard.com/blog/har-12-spec/>

use std::borrow::Cow;

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Har<'a> {
    pub(super) log: Log<'a>,
}

#[derive(Serialize)]
pub(super) struct Log<'a> {
    pub(super) version: &'static str,
    pub(super) creator: Creator<'a>,
    pub(super) pages: Vec<Page<'a>>,
    pub(super) entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
pub(super) struct Creator<'a> {
    pub(super) name: &'static str,
    pub(super) version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<'a> {
    pub(super) started_date_time: String,
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) page_timings: PageTimings,
}

#[derive(Serialize)]
pub(super) struct PageTimings {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    pub(super) pageref: &'a str,
    pub(super) started_date_time: String,
    pub(super) time: f64,
    pub(super) request: HarRequest<'a>,
    pub(super) response: HarResponse<'a>,
    pub(super) cache: Cache,
    pub(super) timings: Timings,
    pub(super) comment: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarRequest<'a> {
    pub(super) method: &'a str,
    pub(super) url: String,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: Vec<Pair<'a>>,
    pub(super) query_string: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData<'a>>,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarResponse<'a> {
    pub(super) status: u16,
    pub(super) status_text: &'static str,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: Vec<Pair<'a>>,
    pub(super) content: Content<'a>,
    #[serde(rename = "redirectURL")]
    pub(super) redirect_url: &'a str,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
    pub(super) comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData<'a> {
    pub(super) mime_type: &'a str,
    pub(super) params: [(); 0],
    pub(super) text: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content<'a> {
    pub(super) size: i64,
    pub(super) mime_type: &'a str,
    pub(super) text: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Pair<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Cache {}

#[derive(Serialize)]
pub(super) struct Timings {
    pub(super) send: f64,
    pub(super) wait: f64,
    pub(super) receive: f64,
}
