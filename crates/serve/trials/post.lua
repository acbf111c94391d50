-- wrk: POST /v1/recommend for random users of a file.
--   wrk -t1 -c64 -d20s --latency -s post.lua URL -- USERS [K] [TOKEN]
-- Prints a line of JSON after wrk's own table: what load.py reads.

local bodies = {}

function init(args)
  local k = tonumber(args[2] or "10")
  for user in io.lines(args[1]) do
    bodies[#bodies + 1] = string.format('{"users":["%s"],"k":%d}', user, k)
  end
  wrk.method = "POST"
  wrk.path = "/v1/recommend"
  wrk.headers["Content-Type"] = "application/json"
  if args[3] then
    wrk.headers["Authorization"] = "Bearer " .. args[3]
  end
  math.randomseed(1)
end

function request()
  return wrk.format(nil, nil, nil, bodies[math.random(#bodies)])
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format(
    'JSON {"requests":%d,"seconds":%.3f,"p50":%.3f,"p90":%.3f,"p99":%.3f,"errors":%d}',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
