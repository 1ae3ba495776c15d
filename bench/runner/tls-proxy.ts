import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DashboardTarget } from '../generator/dashboards.ts';
import { accepts, launch, until } from './launch.ts';
import type { Running } from './launch.ts';
import { freePort } from './processes.ts';

// TLS as it is deployed: nginx in front ends it, with a certificate made for the run. What it costs is part of the run.

const nginx = '/usr/sbin/nginx';

export interface TlsProxy {
  readonly running: Running;
  readonly target: DashboardTarget;
}

/** What is missing for a proxy, with the remedy; null = nothing. */
export function tlsProxyMissing(): string | null {
  return existsSync(nginx) ? null : 'TLS needs nginx in front: apt-get install nginx';
}

export async function startTlsProxy(behind: DashboardTarget): Promise<TlsProxy> {
  const directory = mkdtempSync(join(tmpdir(), 'meks-bench-tls-'));
  const key = join(directory, 'key.pem');
  const certificate = join(directory, 'certificate.pem');
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  const port = await freePort();
  const file = join(directory, 'configuration');
  writeFileSync(
    file,
    `daemon off; pid ${directory}/pid; worker_processes auto; worker_rlimit_nofile 20000; user root;
    events { worker_connections 19000; }
    http {
      access_log off; client_body_temp_path ${directory}/a; proxy_temp_path ${directory}/b;
      fastcgi_temp_path ${directory}/c; uwsgi_temp_path ${directory}/d; scgi_temp_path ${directory}/e;
      server {
        listen 127.0.0.1:${port} ssl backlog=4096; ssl_certificate ${certificate}; ssl_certificate_key ${key};
        location / {
          proxy_pass http://127.0.0.1:${behind.port}; proxy_http_version 1.1; proxy_read_timeout 1h;
          proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection Upgrade;
        }
      }
    }`,
  );
  const running = launch({
    command: nginx,
    args: ['-p', directory, '-c', file, '-e', join(directory, 'error.log')],
    cleanUp: () => rmSync(directory, { recursive: true, force: true }),
  });
  await until(running, 'nginx', () => accepts(port));
  return { running, target: { ...behind, port, tls: true } };
}
