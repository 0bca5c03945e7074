// A broker of the tests' own behind a proxy that can spoil its network, one for all tests of a
// suite.
#pragma once

#include "tests/crash/kafka_faults.h"
#include "tests/support/broker_behind_proxy.h"

namespace citybrain::crash {

class BehindProxy : public KafkaFaults {
 protected:
  static void SetUpTestSuite() {
    if (!kafka_is_wanted()) return;
    link = new test::BrokerBehindProxy;
    const auto started = link->start();
    ASSERT_EQ(started.code, 0) << started.err;
    setting = setting_of(link->broker.brokers());
  }
  static void TearDownTestSuite() {
    delete link;
    link = nullptr;
  }
  static inline test::BrokerBehindProxy* link = nullptr;
  static inline KafkaSetting setting;
};

}  // namespace citybrain::crash
