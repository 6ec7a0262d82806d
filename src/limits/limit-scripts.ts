import { RedisScript } from '../redis/redis-script.js';
import { PARTS } from './sliding-window.js';

/**
 * The same windows as `SlidingWindow`, by the clock of Redis. A window is a hash: the numbers of its oldest and newest part
 * (`head`, `tail`), its `sum`, and for each part its amount (`a<part>`) and when the last of it came (`l<part>`). Calls
 * under way are a sorted set of their ids by when they stop counting if nobody says that they still are.
 */
const WINDOWS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function read(key, ms)
  local found = redis.call('HMGET', key, 'head', 'tail', 'sum')
  local window = { key = key, ms = ms, part = ms / ${PARTS} }
  window.head, window.tail, window.sum = tonumber(found[1]) or 0, tonumber(found[2]) or -1, tonumber(found[3]) or 0
  while window.head <= window.tail do
    local part = redis.call('HMGET', key, 'a' .. window.head, 'l' .. window.head)
    if part[2] and part[2] + ms > now then break end
    if part[2] then
      redis.call('HDEL', key, 'a' .. window.head, 'l' .. window.head)
      window.sum = window.sum - part[1]
    end
    window.head = window.head + 1
    window.changed = true
  end
  if window.head > window.tail then window.sum = 0 end
  return window
end

local function write(window)
  if not window.changed then return end
  redis.call('HSET', window.key, 'head', window.head, 'tail', window.tail, 'sum', window.sum)
  redis.call('PEXPIRE', window.key, math.ceil(window.ms + window.part))
end

local function add(window, at, amount)
  if at + window.ms <= now then return end
  local part = math.floor(at / window.part)
  if window.head > window.tail then
    window.head, window.tail = part, part
  end
  window.head, window.tail = math.min(window.head, part), math.max(window.tail, part)
  redis.call('HINCRBY', window.key, 'a' .. part, amount)
  local last = redis.call('HGET', window.key, 'l' .. part)
  if not last or tonumber(last) < at then redis.call('HSET', window.key, 'l' .. part, at) end
  window.sum = window.sum + amount
  window.changed = true
end

local function remove(window, at, amount)
  local part = math.floor(at / window.part)
  if part < window.head or part > window.tail then return end
  amount = math.min(amount, tonumber(redis.call('HGET', window.key, 'a' .. part) or 0))
  if amount <= 0 then return end
  redis.call('HINCRBY', window.key, 'a' .. part, -amount)
  window.sum = window.sum - amount
  window.changed = true
end
`;

/**
 * Keys: of the limits. Arguments: the call's id; for how long one under way counts; then for each limit the limit, its
 * window (0 for calls under way), what the call takes of it, how many amounts follow that were admitted elsewhere, and
 * those, each with its age.
 *
 * Answers: which limit refuses (0 for none), for how long, the time; then for each limit what is used of it, and until when.
 */
export const CHECK = new RedisScript(`${WINDOWS}
local id, lease, at = ARGV[1], tonumber(ARGV[2]), 3
local asked, refused, retry = {}, 0, 0

local function wait(window, limit, cost)
  local excess = window.sum + cost - limit
  if excess <= 0 then return 0 end
  if cost > limit then return -1 end
  for part = window.head, window.tail do
    local found = redis.call('HMGET', window.key, 'a' .. part, 'l' .. part)
    if found[1] then
      excess = excess - found[1]
      if excess <= 0 then return math.max(1, found[2] + window.ms - now) end
    end
  end
  return window.ms
end

for index, key in ipairs(KEYS) do
  local limit, ms, cost, elsewhere = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  at = at + 4
  local one = { key = key, cost = cost }
  local pause = 0
  if ms == 0 then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    one.used = redis.call('ZCARD', key)
    if one.used + cost > limit then pause = 1000 end
  else
    one.window = read(key, ms)
    for _ = 1, elsewhere do
      add(one.window, now - math.floor(ARGV[at]), tonumber(ARGV[at + 1]))
      at = at + 2
    end
    pause = wait(one.window, limit, cost)
  end
  if refused == 0 and pause ~= 0 or retry >= 0 and (pause > retry or pause < 0) then
    refused, retry = index, pause
  end
  asked[index] = one
end

local answer = { refused, retry, now }
for _, one in ipairs(asked) do
  local used, reset = one.used, 0
  if one.window then
    if refused == 0 and one.cost > 0 then add(one.window, now, one.cost) end
    used = one.window.sum
    if used > 0 then
      reset = math.max(0, (redis.call('HGET', one.key, 'l' .. one.window.tail) or now) + one.window.ms - now)
    end
    write(one.window)
  elseif refused == 0 then
    redis.call('ZADD', one.key, now + lease, id)
    redis.call('PEXPIRE', one.key, lease)
    used = used + 1
  end
  table.insert(answer, used)
  table.insert(answer, math.ceil(reset))
end
return answer
`);

/**
 * Keys: of the limits. Arguments: the call's id; when it was charged; then for each limit its window, and what the call
 * takes more of it than it was charged, or less. One under way no longer is.
 */
export const CORRECT = new RedisScript(`${WINDOWS}
for index, key in ipairs(KEYS) do
  local ms, amount = tonumber(ARGV[index * 2 + 1]), tonumber(ARGV[index * 2 + 2])
  if ms == 0 then
    redis.call('ZREM', key, ARGV[1])
  else
    local window = read(key, ms)
    if amount > 0 then add(window, now, amount) else remove(window, tonumber(ARGV[2]), -amount) end
    write(window)
  end
end
`);

/**
 * Keys: of the replicas, then one for each call under way. Arguments: this replica's id, for how long it counts without
 * saying anything, for how long a call under way does, and the ids of the calls.
 *
 * Answers: how many replicas there are.
 */
export const BEAT = new RedisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for index = 2, #KEYS do
  redis.call('ZADD', KEYS[index], now + ARGV[3], ARGV[index + 2])
  redis.call('PEXPIRE', KEYS[index], ARGV[3])
end
return redis.call('ZCARD', KEYS[1])
`);
