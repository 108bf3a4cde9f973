//! Every bound of the protocol, with its unit and its reason. A peer that goes beyond one is hung up.

/// The protocol version that Hello carries. Raise it with any change of a frame's meaning, and add golden bytes.
pub const PROTOCOL_VERSION: u16 = 1;

/// Bytes of one frame on the wire: the largest batch plus room for its head.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of one automerge change: a 64 KB guide (DOMAIN §8, stress) in one change, several times over.
pub const CHANGE_BYTES_MAX: usize = 512 * 1024;

/// Bytes of a batch's body once decompressed: below a frame's length, so that whoever passes it on can send it even
/// if its compressor finds nothing.
pub const BATCH_RAW_BYTES_MAX: usize = 3072 * 1024;

/// Raw bytes at which a sender closes a batch: about 320 KiB packed (ARCHITECTURE §9: 56 bytes a change), and below the limit. Only the window of a
/// fast line lets so much through; on others it closes the batch earlier.
pub const BATCH_RAW_BYTES_TARGET: usize = 2560 * 1024;

/// Entries in a batch; bounds the time of one turn.
pub const BATCH_ENTRIES_MAX: usize = 8192;

/// Entries at which a sender closes a batch.
pub const BATCH_ENTRIES_TARGET: usize = BATCH_ENTRIES_MAX;

/// Batches under way to one peer in one lane before an acknowledgement is awaited: bounds what a peer holds of ours.
pub const BATCHES_IN_FLIGHT_MAX: usize = 16;

/// Packed bytes under way to one peer in one lane at first and at least: two seconds of *bad* (DOMAIN §8).
pub const WINDOW_BYTES_MIN: usize = 16 * 1024;

/// The same at most, and so four of the largest batches: 100 ms of *hall* at its full rate, many times its round trip and an
/// fsync.
pub const WINDOW_BYTES_MAX: usize = 1280 * 1024;

/// Logs in one frame: 500 villages, some epochs, four writers each (DOMAIN §8, stress).
pub const FRAME_LOGS_MAX: usize = 16_384;

/// Heights of third nodes in one frame; more go in further frames.
pub const HELD_HEIGHTS_MAX: usize = 1_024;

/// Scopes in one frame: 531 units with 5 scopes each (DOMAIN §8, stress), rounded up.
pub const FRAME_SCOPES_MAX: usize = 4_096;

/// Proofs of two pasts in one frame; a node sends them one by one. Each costs two checks of a signature.
pub const FRAME_PROOFS_MAX: usize = 16;

/// Bytes of vectors that Hello carries before it leaves them to a second round trip.
pub const HELLO_VECTOR_BYTES_MAX: usize = 16 * 1024;

/// Dependencies of one change: concurrent heads of one document; more than a few is a broken writer.
pub const CHANGE_DEPS_MAX: usize = 256;
