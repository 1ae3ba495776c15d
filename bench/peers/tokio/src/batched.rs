//! The same with one change: a task drains all that is ready into one write.

mod house;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

const WRITE_BYTES_MAX: usize = 262_144;

async fn serve(mut socket: OwnedWriteHalf, mut events: house::Events) {
    let mut batch: Vec<u8> = Vec::with_capacity(16_384);
    loop {
        match events.recv().await {
            Ok(frame) => batch.extend_from_slice(&frame),
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        }
        while batch.len() < WRITE_BYTES_MAX {
            match events.try_recv() {
                Ok(frame) => batch.extend_from_slice(&frame),
                Err(TryRecvError::Lagged(_)) => continue,
                Err(_) => break,
            }
        }
        if socket.write_all(&batch).await.is_err() {
            return;
        }
        batch.clear();
    }
}

#[tokio::main]
async fn main() {
    house::run(|socket, events| {
        tokio::spawn(serve(socket, events));
    })
    .await;
}
