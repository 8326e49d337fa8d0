//! What every server of the tests does first.

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Serves whoever connects; the connections end with this.
pub async fn listen<F: Future<Output = ()> + Send + 'static>(listener: TcpListener, serve: impl Fn(TcpStream) -> F) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream));
        while connections.try_join_next().is_some() {}
    }
}
