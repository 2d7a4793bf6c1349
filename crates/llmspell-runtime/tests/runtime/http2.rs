//! HTTP/2, chosen by the TLS handshake.

use std::sync::Arc;
use std::sync::mpsc::channel;

use llmspell_runtime::{Network, Queue};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::support::{answer, direct, spec, start_in};
use super::tls::Authority;

/// Serves streams over HTTP/2 until the test ends; tells the version of each request.
fn server(authority: &Authority) -> (std::net::SocketAddr, std::sync::mpsc::Receiver<http::Version>) {
    let (certificate, key) = authority.identity("127.0.0.1");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (tell_address, address) = channel();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell_address.send(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                // The receiver goes when its test has seen enough.
                let _ = tell.send(request.version());
                let head = http::Response::builder().header("content-type", "text/event-stream").body(()).unwrap();
                let mut body = respond.send_response(head, false).unwrap();
                for piece in ["over ", "two"] {
                    body.send_data(answer::text(piece).into(), false).unwrap();
                }
                body.send_data(answer::end().into(), true).unwrap();
            }
        });
    });
    (address.recv().unwrap(), told)
}

#[test]
fn runs_share_one_connection() {
    let authority = Authority::new();
    let (address, told) = server(&authority);
    let ca = authority.file();
    let network = Network { ca_file: Some(ca.path()), ..direct() };
    let url = format!("https://{address}/v1");
    // The server takes a single connection: all of them must share it.
    assert_eq!(start_in(&Queue::new(), spec(&url), network.clone(), "hi").done().text, "over two");
    let chats: Vec<_> = (0..5).map(|_| start_in(&Queue::new(), spec(&url), network.clone(), "hi")).collect();
    for chat in chats {
        assert_eq!(chat.done().text, "over two");
    }
    assert_eq!(told.iter().take(6).collect::<Vec<_>>(), [http::Version::HTTP_2; 6]);
}
