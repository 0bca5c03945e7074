// What one reader (a view's desks) sees of the admitted observations: only datasets of which it has
// a live grant, for the purpose that it declared, and of these only fields that it is cleared for,
// under the masks of contract and grant. Masks on fields are carried out on what they mean in the
// unified model (meaning.h): of several fields that say the same (longitude, latitude, link: where)
// the strictest rule holds.
//
//   drop              the field is empty; an observation that says nothing without it is withheld
//   pseudonym         HMAC under the recipient's own key and the dataset's name: two recipients, or
//                     one recipient in two datasets, cannot join what they see
//   generalise-place  the middle of the road, or of one road that stands for its cell or district
//   generalise-time   the beginning of the minutes, and seen only when they are over, in an order
//                     that tells nothing: the time at which something is read would say it too
//   aggregate         one mean a road (or cell, district) and window, of at least so many different
//                     subjects, when the window and the dataset's delay are over; else nothing
//
// A withheld observation is the safe answer wherever a rule leaves nothing that would not mislead.
// Plain functions on values; the same input gives the same output; one thread a Reader. Errors:
// CB-INPUT-MASK (a rule that the field cannot carry out, grants of one dataset that overlap).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/model/archive.h"
#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/protection/crypto.h"

namespace citybrain::access {

/// Of one dataset, for a time and a purpose.
struct Grant {
  model::DatasetId dataset;
  model::EventTime from{INT64_MIN};
  model::EventTime until{INT64_MAX};     ///< exclusive
  std::string purpose;                   ///< for which it was given; empty: any
  std::vector<catalog::MaskRule> masks;  ///< catalog::narrowed()
  bool is_owner = false;                 ///< the dataset is the reader's own: no clearance
};

struct ReaderSpec {
  std::string recipient;
  std::string purpose;  ///< that it declares; empty: none
  catalog::ClassSet clearance = catalog::ClassSet::all();
  std::vector<Grant> grants;
  protection::Bytes32 pseudonym_key{};
};

/// A grant that the reader cannot use, for the audit.
struct ReadRefusal {
  model::DatasetId dataset;
  std::string why;
};

/// What waits for its minutes or its window to be over. Serialisable; one a district and reader.
struct ReaderState {
  struct Group {
    std::vector<std::uint64_t> subjects;  ///< ascending
    double speed_sum = 0;
    std::uint32_t observations = 0;
    template <class A>
    void fields(A& a) {
      a(subjects, speed_sum, observations);
    }
  };
  /// window's end, dataset, kind (0 probes, 1 + role vehicles), road
  using GroupKey = std::array<std::int64_t, 4>;
  model::ObservationBatch held;
  std::map<GroupKey, Group> groups;
  std::vector<std::uint64_t> live;  ///< by dataset: what tells its live grant from others; 0: none

  template <class A>
  void fields(A& a) {
    a(held, groups, live);
  }
};

/// What a reader sees in a Step.
struct Sight {
  /// One for each batch that it was given, in their order; the first also has what waited.
  std::vector<model::ObservationBatch> batches;
  std::vector<std::uint64_t> masked;  ///< by grant: on how many observations its rules worked
};

/// Its fields can carry out all of its rules. Error CB-INPUT-MASK.
model::Result<void> can_mask(const Grant& grant, const catalog::Contract& contract);

constexpr model::SourceMask kAllDatasets{~std::uint64_t{0}};

class Reader {
 public:
  /// The network and the catalogue must outlive it.
  static model::Result<Reader> make(const model::RoadNetwork& network,
                                    const catalog::Catalog& catalog, ReaderSpec spec);
  ~Reader();
  Reader(Reader&&) noexcept;

  /// Grants for other purposes than the reader's; the others hold.
  std::span<const ReadRefusal> refused() const;
  /// It sees the admitted batch of its datasets as it is: see() need not be called.
  bool is_plain() const;
  const ReaderSpec& spec() const;
  /// `out`: what it sees at `now` of these batches (at least one) and of what waited. Of a dataset
  /// that is not `allowed` no grant is live, whatever its times: the law has taken it back.
  void see(std::span<const model::ObservationBatch* const> batches, model::EventTime now,
           model::SourceMask allowed, ReaderState& state, Sight& out) const;

 private:
  struct Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::access
