#include "scenarios/city/osm_file.h"

#include <fmt/format.h>
#include <osmpbf/osmpbf.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "scenarios/city/xml.h"

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {

constexpr const char* kCode = "CB-INPUT-ROADNET";
constexpr std::uint32_t kMostHead = 64 * 1024, kMostBlob = 32 * 1024 * 1024;  // of the format

/// Without Protobuf's own word on standard error when a required field is missing.
template <class Message>
bool parse(Message& message, std::string_view bytes) {
  return message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         message.IsInitialized();
}

/// The PBF container (https://wiki.openstreetmap.org/wiki/PBF_Format): a big-endian length, a
/// BlobHeader, a Blob, and so on.
class PbfReader {
 public:
  PbfReader(std::string_view bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  Result<OsmFile> run() {
    while (at_ < bytes_.size() && !problem_) read_blob();
    if (problem_) return *problem_;
    return std::move(out_);
  }

 private:
  void fail(std::string what) {
    if (!problem_)
      problem_ = Error{kCode, std::move(what), fmt::format("{}: byte {}", name_, at_),
                       "check that the file is complete"};
  }

  std::string_view take(std::size_t n) {
    if (bytes_.size() - at_ < n) {
      fail(fmt::format("the file ends here; {} more bytes were expected", n));
      return {};
    }
    const auto part = bytes_.substr(at_, n);
    at_ += n;
    return part;
  }

  void read_blob() {
    const auto length = take(4);
    if (problem_) return;
    std::uint32_t n = 0;
    for (const char c : length) n = (n << 8) | static_cast<unsigned char>(c);
    if (n > kMostHead) return fail("not an OpenStreetMap PBF file: the block's head is too long");
    const auto head_bytes = take(n);
    OSMPBF::BlobHeader head;
    if (problem_) return;
    if (!parse(head, head_bytes) || head.datasize() < 0 ||
        static_cast<std::uint32_t>(head.datasize()) > kMostBlob)
      return fail("not an OpenStreetMap PBF file: the block's head is broken");
    const auto blob_bytes = take(static_cast<std::size_t>(head.datasize()));
    OSMPBF::Blob blob;
    if (problem_) return;
    if (!parse(blob, blob_bytes)) return fail("a block is broken");
    if (head.type() != "OSMData") return;
    const std::string data = unpacked(blob);
    OSMPBF::PrimitiveBlock block;
    if (problem_) return;
    if (!parse(block, data)) return fail("a block's content is broken");
    read_block(block);
  }

  std::string unpacked(const OSMPBF::Blob& blob) {
    if (blob.has_raw()) return blob.raw();
    if (!blob.has_zlib_data() || blob.raw_size() < 0 ||
        static_cast<std::uint32_t>(blob.raw_size()) > kMostBlob) {
      fail("a block is packed in a way that is not supported; expected raw or zlib");
      return {};
    }
    std::string out(static_cast<std::size_t>(blob.raw_size()), '\0');
    uLongf size = out.size();
    if (uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                   reinterpret_cast<const Bytef*>(blob.zlib_data().data()),
                   blob.zlib_data().size()) != Z_OK ||
        size != out.size())
      fail("a block cannot be unpacked");
    return out;
  }

  const std::string& word(const OSMPBF::PrimitiveBlock& block, std::int64_t i) {
    static const std::string kNone;
    if (i >= 0 && i < block.stringtable().s_size())
      return block.stringtable().s(static_cast<int>(i));
    fail("a text's number is out of range");
    return kNone;
  }

  void read_block(const OSMPBF::PrimitiveBlock& block) {
    for (const auto& group : block.primitivegroup()) {
      for (const auto& n : group.nodes()) {
        place(block, n.id(), n.lat(), n.lon());
        for (int k = 0; k < std::min(n.keys_size(), n.vals_size()); ++k)
          tag(n.id(), word(block, n.keys(k)), word(block, n.vals(k)));
      }
      if (group.has_dense()) read_dense(block, group.dense());
      for (const auto& w : group.ways()) read_way(block, w);
    }
  }

  void place(const OSMPBF::PrimitiveBlock& block, std::int64_t id, std::int64_t lat,
             std::int64_t lon) {
    const auto degrees = [&](std::int64_t offset, std::int64_t v) {
      return 1e-9 * (static_cast<double>(offset) +
                     static_cast<double>(block.granularity()) * static_cast<double>(v));
    };
    out_.nodes[id] = {degrees(block.lon_offset(), lon), degrees(block.lat_offset(), lat)};
  }

  void tag(std::int64_t node, const std::string& key, const std::string& value) {
    if (key == "highway" && value == "traffic_signals") out_.signals[node];
  }

  void read_dense(const OSMPBF::PrimitiveBlock& block, const OSMPBF::DenseNodes& dense) {
    if (dense.lat_size() != dense.id_size() || dense.lon_size() != dense.id_size())
      return fail("a block has more nodes than coordinates");
    std::uint64_t id = 0, lat = 0, lon = 0;  // sums of differences; unsigned, so that they may wrap
    int t = 0;
    for (int i = 0; i < dense.id_size() && !problem_; ++i) {
      id += static_cast<std::uint64_t>(dense.id(i));
      lat += static_cast<std::uint64_t>(dense.lat(i));
      lon += static_cast<std::uint64_t>(dense.lon(i));
      const auto node = static_cast<std::int64_t>(id);
      place(block, node, static_cast<std::int64_t>(lat), static_cast<std::int64_t>(lon));
      // Keys and values in turn, 0 after the last of each node.
      for (; t + 1 < dense.keys_vals_size() && dense.keys_vals(t) != 0; t += 2)
        tag(node, word(block, dense.keys_vals(t)), word(block, dense.keys_vals(t + 1)));
      ++t;
    }
  }

  void read_way(const OSMPBF::PrimitiveBlock& block, const OSMPBF::Way& w) {
    OsmWay way;
    way.id = w.id();
    for (int k = 0; k < std::min(w.keys_size(), w.vals_size()); ++k)
      way.tags[word(block, w.keys(k))] = word(block, w.vals(k));
    if (!way.tags.contains("highway")) return;
    std::uint64_t node = 0;
    for (const auto d : w.refs()) {
      node += static_cast<std::uint64_t>(d);
      way.nodes.push_back(static_cast<std::int64_t>(node));
    }
    out_.ways.push_back(std::move(way));
  }

  std::string_view bytes_;
  std::string name_;
  std::size_t at_ = 0;
  OsmFile out_;
  std::optional<Error> problem_;
};

Result<OsmFile> read_xml(std::string_view text, std::string_view name) {
  Xml xml(text, name, kCode);
  OsmFile out;
  const auto id_of = [&](const pugi::xml_node& n, const char* attribute) {
    return static_cast<std::int64_t>(xml.number(n, attribute, -9e15, 9e15));
  };
  const auto root = xml.root("osm");
  for (const auto& n : root.children("node")) {
    const auto id = id_of(n, "id");
    out.nodes[id] = {xml.number(n, "lon", -180, 180), xml.number(n, "lat", -90, 90)};
    for (const auto& t : n.children("tag"))
      if (std::string_view(t.attribute("k").value()) == "highway" &&
          std::string_view(t.attribute("v").value()) == "traffic_signals")
        out.signals[id];
  }
  for (const auto& w : root.children("way")) {
    OsmWay way;
    way.id = id_of(w, "id");
    for (const auto& t : w.children("tag"))
      way.tags[t.attribute("k").value()] = t.attribute("v").value();
    if (!way.tags.contains("highway")) continue;
    for (const auto& n : w.children("nd")) way.nodes.push_back(id_of(n, "ref"));
    out.ways.push_back(std::move(way));
  }
  if (xml.problem) return *xml.problem;
  return out;
}

}  // namespace

Result<OsmFile> read_osm(std::string_view bytes, std::string_view name) {
  const auto first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != bytes.npos && bytes[first] == '<') return read_xml(bytes, name);
  return PbfReader(bytes, name).run();
}

}  // namespace citybrain::city
