// A node that works on some of the districts: which move, how they are restored and replayed.
#include <algorithm>

#include "hub/node/node_impl.h"
#include "schemas/schemas.h"

namespace citybrain::node {

using model::DistrictId;
using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr Step kAnyStep = 0xFFFFFFFFU;

bool contains(std::span<const DistrictId> all, DistrictId one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

DistrictWorker* Node::Impl::find(DistrictId district) const {
  for (const auto& worker : workers)
    if (worker->id() == district) return worker.get();
  return nullptr;
}

std::vector<const Exchange*> Node::Impl::others_of(DistrictId district) const {
  std::vector<const Exchange*> out = passed_on;
  out.erase(out.begin() + district.value);
  return out;
}

/// A snapshot never runs ahead of the log that it points into.
Result<void> Node::Impl::put_away(DistrictWorker& worker) {
  CITYBRAIN_TRY(worker.publisher().flush());
  return folder->put(part_of(board.network, worker.id()), {worker.done(), worker.save()});
}

Result<void> Node::Impl::give_up_all_but(std::span<const DistrictId> districts) {
  store::StepWrite write(done);
  for (const auto& worker : workers) {
    if (contains(districts, worker->id())) continue;
    CITYBRAIN_TRY(put_away(*worker));
    worker->erase_latest(write);
  }
  std::erase_if(workers, [&](const auto& w) { return !contains(districts, w->id()); });
  return write.rows() > 0 ? store->commit(std::move(write)) : Result<void>();
}

/// Those that are new, from their newest snapshots, or from nothing.
Result<std::vector<DistrictWorker*>> Node::Impl::restore(std::span<const DistrictId> districts) {
  std::vector<DistrictWorker*> out;
  // What is held cannot go back, so what comes to it must not be ahead.
  const Step most = workers.empty() ? kAnyStep : done;
  for (const auto d : districts) {
    if (find(d) != nullptr) continue;
    board.forget(d);
    CITYBRAIN_ASSIGN(worker, DistrictWorker::open(log, board, d));
    CITYBRAIN_ASSIGN(found, folder->at_or_before(part_of(board.network, d), most));
    CITYBRAIN_TRY(found ? worker->load(found->bytes) : worker->begin());
    out.push_back(worker.get());
    workers.push_back(std::move(worker));
  }
  std::sort(workers.begin(), workers.end(),
            [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return out;
}

/// Replays a district from where it is: everything that it reads is in the log, and what it says is
/// there already, or comes to be.
Result<void> Node::Impl::catch_up(DistrictWorker& worker, Step until) {
  if (worker.done() == until) return {};
  const auto& o = board.options;
  CITYBRAIN_ASSIGN(horizon, log.horizon());
  CITYBRAIN_ASSIGN(reader, TableReader::open(log, board.catalog, board.network, board.rules, o));
  CITYBRAIN_TRY(reader.advance_to(worker.done(), o.epoch, horizon));
  std::vector<ExchangeReader> from;
  for (std::uint32_t d = 0; d < board.districts.size(); ++d) {
    if (DistrictId{d} == worker.id()) continue;
    CITYBRAIN_ASSIGN(one, ExchangeReader::open(log, board.districts, board.views.size(),
                                               DistrictId{d}, o.epoch.at(worker.done())));
    from.push_back(std::move(one));
  }
  std::vector<const Exchange*> others(from.size());
  while (worker.done() < until) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      for (network::Wait wait(o.patience);;) {
        CITYBRAIN_ASSIGN(exchange, from[i].find(worker.done()));
        others[i] = exchange;
        if (exchange != nullptr) break;
        CITYBRAIN_ASSIGN(again, wait.again());
        if (!again)
          return Error{"CB-NODE-EXCHANGE", "what other districts passed on is not there",
                       source_of(board.network, worker.id()), "start the run anew"};
      }
    }
    CITYBRAIN_TRY(reader.advance_to(worker.done() + 1, o.epoch, horizon));
    CITYBRAIN_TRY(worker.step(reader, others, horizon));
    worker.turn_over();
    CITYBRAIN_TRY(worker.publisher().send());
    store::StepWrite write(std::max(done, worker.done()));
    worker.write(reader, write);
    CITYBRAIN_TRY(store->commit(std::move(write)));
    if (o.sharing->alive) CITYBRAIN_TRY(o.sharing->alive());
  }
  return {};
}

/// To those districts that others work on.
Result<void> Node::Impl::listen() {
  readers.clear();
  for (std::uint32_t d = 0; d < board.districts.size(); ++d) {
    if (workers.empty() || find(DistrictId{d}) != nullptr) continue;
    CITYBRAIN_ASSIGN(reader, ExchangeReader::open(log, board.districts, board.views.size(),
                                                  DistrictId{d}, board.options.epoch.at(done)));
    readers.emplace(d, std::move(reader));
  }
  return {};
}

Result<void> Node::hold(std::span<const DistrictId> districts) {
  auto& m = *impl_;
  CITYBRAIN_CHECK(m.folder.has_value());
  CITYBRAIN_TRY(m.give_up_all_but(districts));
  const bool begins = m.workers.empty();
  CITYBRAIN_ASSIGN(fresh, m.restore(districts));
  if (begins) {
    m.done = 0;
    for (const auto* worker : fresh) m.done = std::max(m.done, worker->done());
  }
  for (auto* worker : fresh) CITYBRAIN_TRY(m.catch_up(*worker, m.done));
  if (begins) {
    CITYBRAIN_ASSIGN(horizon, m.log.horizon());
    CITYBRAIN_ASSIGN(reader, TableReader::open(m.log, m.board.catalog, m.board.network,
                                               m.board.rules, m.board.options));
    m.tables.emplace(std::move(reader));
    CITYBRAIN_TRY(m.tables->advance_to(m.done, m.board.options.epoch, horizon));
  }
  return m.listen();
}

std::vector<DistrictId> Node::held() const {
  std::vector<DistrictId> out;
  for (const auto& worker : impl_->workers) out.push_back(worker->id());
  return out;
}

Result<std::string> Node::wait(const network::Patience& patience) {
  auto& m = *impl_;
  CITYBRAIN_ASSIGN(silent, m.through.wait(m.board.options.epoch.at(m.done + 1), patience));
  if (!silent.empty()) return silent;
  for (auto& [d, reader] : m.readers) {
    for (network::Wait wait(patience);;) {
      CITYBRAIN_ASSIGN(exchange, reader.find(m.done));
      if (exchange != nullptr) break;
      CITYBRAIN_ASSIGN(again, wait.again());
      if (!again) return source_of(m.board.network, DistrictId{d});
    }
  }
  return std::string();
}

Result<void> Node::snapshot_if_due() {
  auto& m = *impl_;
  if (m.done == 0 || m.done % m.board.options.snapshot_steps != 0) return {};
  for (auto& worker : m.workers) CITYBRAIN_TRY(m.put_away(*worker));
  return {};
}

}  // namespace citybrain::node
