// What this client says about itself: a browser that watches a LIVE. Facts of the protocol, not a disguise that is kept
// up to date: the sign service is told the same user agent, and signs for it.

export const userAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const params: Readonly<Record<string, string>> = {
  aid: '1988',
  app_language: 'en',
  app_name: 'tiktok_web',
  browser_language: 'en-US',
  browser_name: 'Mozilla',
  browser_online: 'true',
  browser_platform: 'Win32',
  cookie_enabled: 'true',
  device_platform: 'web',
  did_rule: '3',
  fetch_rule: '1',
  identity: 'audience',
  last_rtt: '0',
  live_id: '12',
  resp_content_type: 'protobuf',
  screen_height: '1080',
  screen_width: '1920',
  tz_name: 'Etc/UTC',
  version_code: '270000',
  webcast_sdk_version: '1.3.0',
};

/** Address of the socket: the server's, with our parameters and then its own. */
export function socketUrl(server: string, own: Readonly<Record<string, string>>): string {
  const url = new URL(server);
  for (const [key, value] of Object.entries({ ...params, compress: 'gzip', ...own })) url.searchParams.set(key, value);
  return url.href;
}

/** The name and value of each cookie that `headers` set, as a Cookie header. */
export function cookiesOf(setCookie: readonly string[]): string {
  return setCookie
    .map((line) => line.split(';', 1)[0]!.trim())
    .filter((pair) => pair.includes('='))
    .join('; ');
}
