// What users say about Kafka: addresses and files of properties. Needs no broker.
#include <gtest/gtest.h>

#include "hub/network/kafka.h"

namespace citybrain::network {
namespace {

TEST(KafkaAddress, BrokersAndPrefix) {
  EXPECT_EQ(KafkaAddress::parse("localhost:9092").value().brokers, "localhost:9092");
  EXPECT_EQ(KafkaAddress::parse("localhost:9092").value().prefix, "");
  const auto two = KafkaAddress::parse("a.example:9092,[::1]:9093/run-7").value();
  EXPECT_EQ(two.brokers, "a.example:9092,[::1]:9093");
  EXPECT_EQ(two.prefix, "run-7");
}

TEST(KafkaAddress, WhatIsWrongIsSaid) {
  for (const char* bad :
       {"", "localhost", "localhost:", ":9092", "localhost:0", "localhost:65536", "localhost:9092x",
        "localhost:9092,", "localhost:9092/", "localhost:9092/a.b", "localhost:9092/a/b",
        "local host:9092", "localhost:+9", "[]:9092"}) {
    const auto parsed = KafkaAddress::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, "CB-USAGE-NETWORK");
    EXPECT_EQ(parsed.error().where, "--network");
  }
}

TEST(KafkaProperties, LinesOfKeyAndValue) {
  const auto read = parse_kafka_properties(
      "# TLS\n\n security.protocol = SASL_SSL \r\nsasl.mechanisms=PLAIN\nsasl.password=a=b#c\n",
      "client.properties");
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[0].key, "security.protocol");
  EXPECT_EQ((*read)[0].value, "SASL_SSL");
  EXPECT_EQ((*read)[2].value, "a=b#c");
  EXPECT_EQ((*read)[2].where, "client.properties:5");
}

TEST(KafkaProperties, ErrorsNameFileAndLine) {
  const auto where_of = [](const char* text) {
    const auto read = parse_kafka_properties(text, "f");
    EXPECT_FALSE(read) << text;
    if (read) return std::string();
    EXPECT_EQ(read.error().code, "CB-INPUT-NETCONFIG");
    return read.error().where;
  };
  EXPECT_EQ(where_of("# fine\nno equals sign\n"), "f:2");
  EXPECT_EQ(where_of("=value"), "f:1");
  EXPECT_EQ(where_of("\n\nno.such.property=1"), "f:3");
  EXPECT_EQ(where_of("security.protocol=carrier pigeon"), "f:1");
  EXPECT_EQ(where_of("acks=1"), "f:1");
  EXPECT_EQ(where_of("client.id=x\nbootstrap.servers=elsewhere:1"), "f:2");
  EXPECT_FALSE(read_kafka_properties("/no/such/file"));
}

}  // namespace
}  // namespace citybrain::network
