//! The example that needs nobody else runs to its end.

#[path = "../examples/tokio.rs"]
#[allow(dead_code, reason = "its main function stays unused here")]
mod example;

#[tokio::test]
async fn two_peers_under_tokio_transfer_everything() {
    example::transfer().await.unwrap();
}
