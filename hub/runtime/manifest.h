// Mends the end of a RocksDB MANIFEST that a power cut left altered. Only for rooms on RocksDB; no
// public header includes it.
//
// RocksDB takes a MANIFEST whose last record was cut short for one that ends before it, and refuses
// one whose last record is there with a wrong checksum, though both come from the same power cut:
// in the middle of an append that was never synced, so that nothing was promised on it. The end is
// cut off when it is the last record that is wrong (or one of the last few, which are synced
// together). Whether that record was really never synced shows at opening: RocksDB then misses no
// table and no log of its own (track_and_verify_wals_in_manifest: a log is removed only after the
// MANIFEST said so), and the embedded log's tally adds up.
//
// Format: blocks of 32 KiB of records, each a masked CRC-32C of type and bytes (4 bytes), length
// (2), type (1: full, 2: first, 3: middle, 4: last), little-endian
// (github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace citybrain::runtime {

/// Where the last whole record of a MANIFEST ends, when what follows is an altered end of the file;
/// nothing when it is whole, or altered before its end. The end is what is behind the last whole
/// record; with `group`, also an altered record with whole ones behind it, not more than 1 KiB in
/// all: RocksDB may append a few records before it syncs them, and a store, with its many families,
/// does at every flush. The owner must be able to tell whether something is missing, or, as a
/// store, to be made again from the log.
std::optional<std::size_t> altered_end_of_manifest(std::string_view bytes, bool group);

}  // namespace citybrain::runtime
