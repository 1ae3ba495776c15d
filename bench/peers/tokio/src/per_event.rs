//! The original design: every client has a task with a receiver of the broadcast channel, and writes each event as it
//! comes. The frame is built once and shared, which is kinder than the original was.

mod house;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::broadcast::error::RecvError;

async fn serve(mut socket: OwnedWriteHalf, mut events: house::Events) {
    loop {
        match events.recv().await {
            Ok(frame) => {
                if socket.write_all(&frame).await.is_err() {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        }
    }
}

#[tokio::main]
async fn main() {
    house::run(|socket, events| {
        tokio::spawn(serve(socket, events));
    })
    .await;
}
