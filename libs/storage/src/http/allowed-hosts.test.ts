import { expect, test } from 'vitest';
import { httpPolicyOf } from './allowed-hosts.js';

test('hosts are parted by commas; private addresses pass only beside an address or localhost', () => {
  expect(httpPolicyOf(undefined)).toEqual({ allowHosts: [], allowPrivateAddresses: false });
  expect(httpPolicyOf('data.example.org, *.example.net:8080,')).toEqual({
    allowHosts: ['data.example.org', '*.example.net:8080'],
    allowPrivateAddresses: false,
  });
  for (const local of ['localhost', 'localhost:9000', '10.0.0.7', '10.0.0.7:9000', '[::1]:9000']) {
    expect(httpPolicyOf(`data.example.org,${local}`).allowPrivateAddresses, local).toBe(true);
  }
});
