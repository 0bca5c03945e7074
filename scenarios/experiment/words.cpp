#include "scenarios/experiment/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace citybrain::experiment {

namespace {

struct Entry {
  const char* key;
  const char* en;
  const char* zh;
};

constexpr Entry kWords[] = {
    {"average_travel_time_s", "Average travel time, s", "平均行程时间(秒)"},
    {"average_travel_time_paper_s", "Time on approaches, s", "进口道时间(秒)"},
    {"vehicles_entered", "Vehicles created", "产生车辆"},
    {"vehicles_finished", "Vehicles finished", "完成车辆"},
    {"vehicles_running", "On the road at the end", "结束时在途"},
    {"vehicles_waiting_outside", "Waiting outside at the end", "结束时在外等待"},
    {"mean_queue_veh", "Standing vehicles on approaches", "进口道平均排队车辆"},
    {"mean_speed_mps", "Mean speed, m/s", "平均速度(米/秒)"},
    {"parking_search_s", "Search for a place to park, s", "寻找停车位时间(秒)"},
    {"parking_gave_up", "gave up", "放弃"},
    {"searching_share", "of the traffic", "占在途车辆"},
    {"vehicles_rerouted", "Drivers who changed their way", "改道次数"},
    {"emergencies", "Calls for help", "急救与警情"},
    {"emergency_response_s", "Ambulance, call to arrival, s", "救护车到场时间(秒)"},
    {"emergency_response_p90_s", "Ambulance, call to arrival, 90% within, s",
     "救护车到场时间九成位(秒)"},
    {"emergency_hospital_s", "Call to hospital, s", "呼叫至入院时间(秒)"},
    {"emergency_calls", "Calls answered", "已到场呼叫"},
    {"emergency_answered", "Calls answered", "已到场呼叫"},
    {"police_response_s", "Police, incident to arrival, s", "警车到场时间(秒)"},
    {"preemptions", "Signals pre-empted", "信号紧急优先次数"},
    {"median", "median", "中位数"},
    {"data_quality", "Quality of the data", "数据质量"},
    {"freshness", "Age of the newest fact, s", "最新数据时效(秒)"},
    {"freshness_worst", "Oldest, s", "最久(秒)"},
    {"freshness_promised", "By contract, s", "契约承诺(秒)"},
    {"completeness", "Complete", "完整度"},
    {"validity", "Valid", "有效率"},
    {"duplicate_rate", "Repeated", "重复率"},
    {"late_rate", "Too late", "迟到率"},
    {"missed_turns", "Missed turns", "错过转向"},
    {"gridlock", "Gridlock", "路网锁死"},
    {"standing_at_green", "First in line at a signal for 5 minutes", "信号灯前排头停驶超过五分钟"},
    {"governance", "Sharing law", "共享法规"},
    {"requests", "Requests for data", "数据共享申请"},
    {"working_days_waited", "Working days waited", "等待工作日"},
    {"requests_back", "Returned / refused / escalated", "退回 / 拒绝 / 提请协调"},
    {"requests_care", "Corrections / disputes / return flows", "校核 / 争议 / 回流"},
    {"limits_missed", "Limits missed", "超期环节"},
    {"scope_violations_refused", "Beyond scope / other steps refused", "越权 / 其他被拒环节"},
    {"drafted", "drafted", "草拟"},
    {"checking", "being checked", "符合性审查中"},
    {"returned", "returned", "已退回"},
    {"with-provider", "with the provider", "待提供部门答复"},
    {"negotiating", "negotiated", "协商中"},
    {"escalated", "escalated", "协调中"},
    {"granted", "granted", "已同意"},
    {"refused", "refused", "已拒绝"},
    {"delivered", "delivered", "已提供"},
    {"in-use", "in use", "使用中"},
    {"closed", "closed", "已关闭"},
    {"revoked", "revoked", "已撤销"},
    {"expired", "expired", "已到期"},
    {"law", "Law", "法规"},
    {"windows", "windows", "时窗"},
    {"waiting_days", "Waiting for data, days", "等待数据(天)"},
    {"vehicle_hours", "Vehicle-hours in the windows", "时窗内车·小时"},
    {"emergency_hours", "Ambulances, calls to arrivals, hours", "救护车到场合计(小时)"},
    {"day_of_waiting", "What a day of waiting cost", "每等待一天的代价"},
    {"vehicle_hours_per_day", "Vehicle-hours a day of waiting", "每等待一天的车·小时"},
    {"emergency_s_per_day", "Ambulance seconds a day of waiting", "每等待一天的救护车秒数"},
    {"working_days_each", "Working days a request", "每件申请工作日"},
    {"scenario", "Scenario", "实验案例"},
    {"mode", "Sharing mode", "共享方式"},
    {"policy", "Policy", "策略"},
    {"seed", "Seed", "随机种子"},
    {"horizon", "Simulated time", "仿真时长"},
    {"outcome_hash", "Outcome hash", "结果指纹"},
    {"hub", "Hub", "中枢"},
    {"records_in", "Records", "记录"},
    {"observations_in", "Observations", "观测"},
    {"per_second", "per simulated second", "每仿真秒"},
    {"admitted", "Admitted", "准入"},
    {"quarantined", "Quarantined", "隔离"},
    {"duplicates", "Duplicates", "重复"},
    {"late", "Late", "迟到"},
    {"commands", "Commands", "指令"},
    {"commands_refused", "Refused", "被拒"},
    {"estimation", "What was known against what was true", "所知与真值"},
    {"view", "View", "视图"},
    {"quantity", "Quantity", "量"},
    {"rmse", "RMSE", "均方根误差"},
    {"mape", "MAPE", "平均绝对百分误差"},
    {"bias", "Bias", "偏差"},
    {"coverage95", "In 95% interval", "落入95%区间"},
    {"queue_veh", "queue, vehicles", "排队(辆)"},
    {"vehicles", "vehicles on the lane", "车道车辆数"},
    {"speed_mps", "speed, m/s", "速度(米/秒)"},
    {"cpu", "CPU", "处理器时间"},
    {"wall", "wall", "耗时"},
    {"wall_report", "Report", "报告"},
    {"over_time", "The run over time", "运行过程"},
    {"running", "On the road", "在途车辆"},
    {"waiting", "Waiting outside", "在外等待"},
    {"queued", "Standing", "停驶车辆"},
    {"speed", "Mean speed, m/s", "平均速度(米/秒)"},
    {"queue_error", "Error of the queue estimate, vehicles (RMSE)", "排队估计误差(辆,均方根)"},
    {"map", "The network, coloured by delay", "路网延误图"},
    {"delay", "Delay a vehicle and road, s", "每车每路段延误(秒)"},
    {"decisions", "Decisions and their reasons", "关键决策及理由"},
    {"time", "Time, s", "时间(秒)"},
    {"junction", "Junction", "路口"},
    {"desk", "Desk", "席位"},
    {"phase", "Phase", "相位"},
    {"reason", "Reason", "理由"},
    {"dataset", "Dataset", "数据集"},
    {"node", "Node", "节点"},
    {"cloud", "Cloud", "云"},
    {"zone", "Zone", "可用区"},
    {"capacity", "Capacity", "容量"},
    {"used", "Used", "已用"},
    {"may_hold", "May hold", "可存放"},
    {"partition", "Part", "分区"},
    {"load", "Load", "负载"},
    {"data_class", "Class of data", "数据级别"},
    {"data_classes", "Classes of data", "数据级别"},
    {"why", "Why there", "缘由"},
    {"lost", "Lost", "丢失的节点"},
    {"node_state", "State", "状态"},
    {"node_there", "there", "在线"},
    {"node_lost", "lost", "丢失"},
    {"last_heard", "Last heard, s", "最后消息(秒)"},
    {"service", "Service", "服务"},
    {"service_address", "Address", "地址"},
    {"service_moves", "Service moves", "服务迁移"},
    {"cannot_be_placed", "Cannot be placed", "无法安置"},
    {"moved", "Moved", "迁移数"},
    {"government_cloud", "government", "政务云"},
    {"commercial_cloud", "commercial", "商业云"},
    {"civilian_cloud", "civilian", "民用云"},
    {"warnings", "Warnings", "警告"},
    {"monitor", "Conflict monitor", "冲突监视"},
    {"baseline_mean", "Baseline", "基线均值"},
    {"mode_mean", "Mean", "均值"},
    {"difference", "Difference", "差异"},
    {"interval", "95% interval", "95%置信区间"},
    {"relative", "Relative", "相对"},
    {"against", "against", "相对于"},
    {"pairs", "paired seeds", "配对种子"},
    {"by_seed", "Average travel time by seed, s", "各种子的平均行程时间(秒)"},
    {"perfect", "perfect sensors: a check against reference simulators, not a finding",
     "理想传感器:仅用于与参考仿真器核对"},
    {"silo", "silo", "各自为政"},
    {"point-to-point", "point-to-point", "两两对接"},
    {"hub_mode", "hub", "中枢协同"},
    {"no_interval", "one seed: no interval", "单一种子:无区间"},
    {"federation_link", "Link", "链路"},
    {"federation_party", "Party", "参与方"},
    {"federation_level", "Level", "层级"},
    {"federation_parent", "Above it", "上级"},
    {"federation_province", "province", "省级"},
    {"federation_city", "city", "市级"},
    {"federation_district", "district", "区县级"},
    {"federation_own", "Resources", "数据资源"},
    {"federation_own_rows", "Own rows", "自有记录"},
    {"federation_received", "Received", "获授权资源"},
    {"federation_received_rows", "Received rows", "接收记录"},
    {"federation_used", "Rows used by others", "他方使用记录"},
    {"federation_domains", "Domains", "领域"},
    {"federation_grants", "Grants", "授权"},
    {"federation_latency", "Latency", "时延"},
    {"federation_cuts", "Cuts", "中断时段"},
    {"federation_rows", "Rows", "记录"},
    {"federation_kilobytes", "KiB", "KiB"},
    {"federation_taken", "Taken", "生效"},
    {"federation_delayed", "Delayed", "延迟到达"},
    {"federation_oldest", "Longest wait", "最长等待"},
    {"federation_waiting", "Waiting", "待转发"},
    {"federation_retries", "Retries", "重试"},
    {"federation_duplicates", "Repeats", "重复"},
    {"federation_withdrawn", "Withheld", "到期撤回"},
    {"federation_returned", "Returned", "回流"},
    {"federation_horizon", "Simulated", "仿真时长"}};

}  // namespace

const char* word(std::string_view key, Language language) {
  const auto it = std::find_if(std::begin(kWords), std::end(kWords),
                               [&](const Entry& e) { return key == e.key; });
  if (it == std::end(kWords)) return key.data();
  return language == Language::kChinese ? it->zh : it->en;
}

std::string mode_name(std::string_view mode, Language language) {
  if (language == Language::kEnglish) return std::string(mode);
  return word(mode == "hub" ? "hub_mode" : mode, language);
}

std::string reason_sentence(const KeyDecision& d, Language language) {
  const bool zh = language == Language::kChinese;
  if (d.reason_code == "look-ahead")
    return fmt::format(
        fmt::runtime(zh ? "预测总等待 {:.0f} 车·秒,维持现相位则为 {:.0f}"
                        : "{:.0f} vehicle-seconds of waiting ahead, {:.0f} if nothing changed"),
        d.value, d.runner_up);
  if (d.reason_code == "pressure")
    return fmt::format(fmt::runtime(zh ? "压力 {:.1f},次高 {:.1f}"
                                       : "pressure {:.1f} against {:.1f} of the next best"),
                       d.value, d.runner_up);
  if (d.reason_code == "gap-out")
    return fmt::format(fmt::runtime(zh ? "绿灯 {:.0f} 秒后车流出现间断"
                                       : "a gap in the traffic after {:.0f} s of green"),
                       d.value);
  if (d.reason_code == "max-out")
    return fmt::format(
        fmt::runtime(zh ? "绿灯 {:.0f} 秒,达到最大绿" : "maximum green reached after {:.0f} s"),
        d.value);
  if (d.reason_code == "max-red")
    return fmt::format(
        fmt::runtime(zh ? "等待 {:.0f} 秒,强制放行" : "waited {:.0f} s: served whatever was asked"),
        d.value);
  if (d.reason_code == "plan")
    return fmt::format(fmt::runtime(zh ? "定时方案:周期 {1:.0f} 秒之第 {0:.0f} 秒"
                                       : "the plan's second {:.0f} of {:.0f}"),
                       d.value, d.runner_up);
  return d.reason_code;
}

}  // namespace citybrain::experiment
