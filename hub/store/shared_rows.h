// Rows of a warehouse that shares with others (hub/federation, docs/federation.md): resources, what
// is known of their entities, own and received, and how far each link has come. A city's run has
// none of them. Values and pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/store/store.h"

namespace citybrain::store {

/// A resource that this warehouse has or was granted.
struct ResourceRow {
  std::string provider;  ///< party that is its lead source
  std::string title, title_zh, domain;
  std::string sharing;  ///< class: unconditional, conditional, not-shared
  std::string version;  ///< of its contract
  double frequency_s = 0;

  template <class A>
  void fields(A& a) {
    a(provider, title, title_zh, domain, sharing, version, frequency_s);
  }
};

/// One entity of a resource, as its lead source last said it.
struct SharedRow {
  std::string link;                 ///< over which it came; empty: this warehouse's own
  std::uint64_t version = 0;        ///< counted by the lead source
  std::uint64_t change = 0;         ///< counted by this warehouse, over all its resources
  std::int64_t at_ms = 0;           ///< event time of the change
  std::int64_t heard_ms = 0;        ///< event time at which this warehouse took it
  std::vector<std::string> values;  ///< in the order of the contract's fields

  template <class A>
  void fields(A& a) {
    a(link, version, change, at_ms, heard_ms, values);
  }
};

/// How much of a resource another party has used, as it reported to the lead source.
struct UsageRow {
  std::uint64_t rows = 0;
  std::int64_t until_ms = 0;

  template <class A>
  void fields(A& a) {
    a(rows, until_ms);
  }
};

/// What a party sends over a link: its outbox and how far the other side has heard it.
struct SenderRow {
  std::uint64_t queued = 0;    ///< last sequence in the outbox
  std::uint64_t sent = 0;      ///< of them, on the way or there
  std::uint64_t acked = 0;     ///< of them, heard by the other side
  std::uint64_t attempts = 0;  ///< messages sent, repeats counted
  std::uint64_t ack_position = 0;
  std::int64_t clock_ms = 0;    ///< since when an answer is waited for
  std::int64_t waiting_ms = 0;  ///< since when the oldest message waits
  std::uint32_t backoff_s = 0;  ///< above 0: nothing was heard for so long

  template <class A>
  void fields(A& a) {
    a(queued, sent, acked, attempts, ack_position, clock_ms, waiting_ms, backoff_s);
  }
};

/// What it takes from the same link.
struct ReceiverRow {
  std::uint64_t received = 0;  ///< last sequence that took effect
  std::uint64_t acks = 0;
  std::uint64_t position = 0;  ///< of the link's topic, read next

  template <class A>
  void fields(A& a) {
    a(received, acks, position);
  }
};

/// Counted by one end of a link. Rows are rows of shipments, items those of returns.
struct LinkCounters {
  std::uint64_t rows = 0;      ///< or items, put into the outbox
  std::uint64_t bytes = 0;     ///< of messages, put into the outbox
  std::uint64_t loads = 0;     ///< resources sent whole, when a grant began
  std::uint64_t retries = 0;   ///< waits for an answer that were in vain
  std::uint64_t lost = 0;      ///< messages and answers that the link lost
  std::int64_t oldest_ms = 0;  ///< longest wait of a message for its answer

  std::uint64_t taken = 0;       ///< rows or items that took effect
  std::uint64_t delayed = 0;     ///< of them, later than the link's latency and the plan's bound
  std::uint64_t duplicates = 0;  ///< messages that had been heard
  std::uint64_t gaps = 0;        ///< messages dropped, since one before them was missing
  std::uint64_t stale = 0;       ///< rows or corrections of a version that is over
  std::uint64_t refused = 0;     ///< rows that came without a grant
  std::uint64_t invalid = 0;     ///< rows, items or messages that break contract or form
  std::uint64_t withdrawn = 0;   ///< rows that were withheld: their grant ended while they waited
  std::uint64_t erased = 0;      ///< rows, when the grant ended
  std::uint64_t forwarded = 0;   ///< items passed on towards the lead source

  template <class A>
  void fields(A& a) {
    a(rows, bytes, loads, retries, lost, oldest_ms, taken, delayed, duplicates, gaps, stale,
      refused, invalid, withdrawn, erased, forwarded);
  }
};

/// One link, as one of its ends keeps it.
struct LinkRow {
  bool provides = false;  ///< this end sends rows and takes returns; else the other way round
  SenderRow out;
  ReceiverRow in;
  LinkCounters counters;

  template <class A>
  void fields(A& a) {
    a(provides, out, in, counters);
  }
};

// Keys. Names and entities hold no 0 byte.
std::string shared_key(std::string_view resource, std::string_view entity);
std::string shared_history_key(std::string_view resource, std::string_view entity,
                               model::Step step);
std::string link_key(std::string_view link);
std::string usage_key(std::string_view resource, std::string_view by);

void put(StepWrite& write, const std::string& name, const ResourceRow& row);
/// The row as it is now, and as a version of its history the one of `step`, which may be earlier
/// than the write's.
void put(StepWrite& write, model::Step step, std::string_view resource, std::string_view entity,
         const SharedRow& row);
void put(StepWrite& write, std::string_view link, const LinkRow& row);
void put(StepWrite& write, std::string_view resource, std::string_view by, const UsageRow& row);
/// A resource's rows with all their history.
void erase_shared(StepWrite& write, std::string_view resource);

}  // namespace citybrain::store
