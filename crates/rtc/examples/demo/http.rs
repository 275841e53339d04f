//! The web server: a thread that serves the page and passes the page's questions on to the loop.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use mio::Waker;
use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response, Server};

const PAGE: &str = include_str!("page.html");

/// The largest body that is read.
const MAX_BODY: u64 = 1 << 20;

/// A question of the page: `POST /api/VERB` with a JSON body.
pub(crate) struct ApiRequest {
    pub(crate) verb: String,
    pub(crate) body: Value,
    answer: Sender<Result<Value, String>>,
}

impl ApiRequest {
    /// Answers it. An error says what to do.
    pub(crate) fn answer(self, answer: Result<Value, String>) {
        // The page may have gone meanwhile.
        let _ = self.answer.send(answer);
    }
}

/// Starts the server on a free port of the loopback address.
pub(crate) fn serve(
    waker: Waker,
) -> Result<(SocketAddr, Receiver<ApiRequest>), Box<dyn std::error::Error + Send + Sync>> {
    let server = Server::http("127.0.0.1:0")?;
    let address = server.server_addr().to_ip().ok_or("the web server has no IP address")?;
    let (sender, requests) = channel();
    thread::spawn(move || {
        for request in server.incoming_requests() {
            handle(request, &sender, &waker);
        }
    });
    Ok((address, requests))
}

fn handle(mut request: Request, api: &Sender<ApiRequest>, waker: &Waker) {
    let url = request.url().to_string();
    // The page may have gone before its answer: nobody is there to tell.
    let _ = match (request.method(), url.strip_prefix("/api/")) {
        (Method::Post, Some(verb)) => {
            let answer = ask(&mut request, verb, api, waker);
            let status = if answer.is_ok() { 200 } else { 400 };
            let body = answer.unwrap_or_else(|error| json!({ "error": error })).to_string();
            request.respond(typed(Response::from_string(body), "application/json").with_status_code(status))
        }
        (Method::Get, _) if url == "/" => {
            request.respond(typed(Response::from_string(PAGE), "text/html; charset=utf-8"))
        }
        _ => request.respond(Response::from_string("not here").with_status_code(404)),
    };
}

/// Passes a question on to the loop and waits for its answer.
fn ask(request: &mut Request, verb: &str, api: &Sender<ApiRequest>, waker: &Waker) -> Result<Value, String> {
    let mut body = String::new();
    let read = request.as_reader().take(MAX_BODY).read_to_string(&mut body);
    read.map_err(|error| format!("the request cannot be read: {error}"))?;
    let body = serde_json::from_str(&body).map_err(|error| format!("the request is no JSON: {error}"))?;
    let (answer, result) = channel();
    let question = ApiRequest { verb: verb.into(), body, answer };
    api.send(question).map_err(|_| "the demo is ending: start it again")?;
    waker.wake().map_err(|error| format!("the event loop cannot be woken: {error}"))?;
    result.recv().map_err(|_| "the demo is ending: start it again")?
}

fn typed<R: Read>(response: Response<R>, content_type: &str) -> Response<R> {
    match Header::from_bytes("Content-Type", content_type) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}
