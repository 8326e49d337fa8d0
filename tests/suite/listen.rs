//! The accept loop of every server in the tests.

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Serves all connections; they end with this.
pub async fn listen<F: Future<Output = ()> + Send + 'static>(listener: TcpListener, serve: impl Fn(TcpStream) -> F) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream));
        while connections.try_join_next().is_some() {}
    }
}
