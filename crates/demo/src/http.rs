//! The web server: it serves the page and passes the page's questions on to the loop.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rtc::bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::api::{self, Answer, Refusal, RefusalKind};

/// The page: where each of its files is, of which type, and what is in it.
const FILES: [(&str, &str, &str); 9] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/index.html")),
    ("/style.css", "text/css; charset=utf-8", include_str!("../page/style.css")),
    ("/units.js", SCRIPT, include_str!("../page/units.js")),
    ("/sha256.js", SCRIPT, include_str!("../page/sha256.js")),
    ("/session.js", SCRIPT, include_str!("../page/session.js")),
    ("/channels.js", SCRIPT, include_str!("../page/channels.js")),
    ("/file.js", SCRIPT, include_str!("../page/file.js")),
    ("/plots.js", SCRIPT, include_str!("../page/plots.js")),
    ("/view.js", SCRIPT, include_str!("../page/view.js")),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The largest body that is read.
const MAX_BODY: usize = 1 << 20;

/// How long the server waits after it could not take a connection: for files to be closed, mostly.
const PAUSE: Duration = Duration::from_millis(100);

/// A question of the page, and where its answer goes.
pub(crate) struct ApiRequest {
    pub(crate) request: api::Request,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// Serves, as long as somebody is there to answer questions.
pub(crate) async fn serve(listener: TcpListener, api: Sender<ApiRequest>) {
    while !api.is_closed() {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let api = api.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| respond(request, &api));
            // A page that goes away in the middle of something is nobody's business.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(
    request: Request<Incoming>,
    api: &Sender<ApiRequest>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let file = FILES.iter().find(|(name, _, _)| *name == path);
    Ok(match (request.method(), file) {
        (&Method::POST, _) if path == "/api" => to_json(&ask(request, api).await),
        (&Method::GET | &Method::HEAD, Some((_, kind, content))) => {
            response(StatusCode::OK, kind, Bytes::from_static(content.as_bytes()))
        }
        _ => response(StatusCode::NOT_FOUND, "text/plain", Bytes::from_static(b"not here")),
    })
}

fn to_json(answer: &Answer) -> Response<Full<Bytes>> {
    let (status, json) = match answer {
        Ok(reply) => (StatusCode::OK, serde_json::to_vec(reply)),
        Err(refusal) => {
            let status = match refusal.kind {
                RefusalKind::BadRequest => StatusCode::BAD_REQUEST,
                RefusalKind::Gone => StatusCode::GONE,
            };
            (status, serde_json::to_vec(refusal))
        }
    };
    // Words and numbers are always JSON.
    response(status, "application/json", json.unwrap_or_default().into())
}

/// Passes a question on to the loop and waits for its answer.
async fn ask(request: Request<Incoming>, api: &Sender<ApiRequest>) -> Answer {
    const ENDING: &str = "The demo is ending: start it again.";
    let body = Limited::new(request.into_body(), MAX_BODY).collect().await;
    let body = body.map_err(|error| Refusal::bad_request(format!("The request cannot be read: {error}.")))?;
    let request = serde_json::from_slice(&body.to_bytes())
        .map_err(|error| Refusal::bad_request(format!("The request is not understood: {error}.")))?;
    let (answer, result) = oneshot::channel();
    api.send(ApiRequest { request, answer }).await.map_err(|_| Refusal::gone(ENDING))?;
    result.await.map_err(|_| Refusal::gone(ENDING))?
}

/// A response of a type, which is asked for anew each time: the next demo at this address may be another one.
fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
