// The real Bluesky network on loopback: directory of identities, personal data server, app view.
// Says where it is in one line of JSON. A line on standard input: "process" (all that was written is indexed, then it says
// "done"). It ends with its standard input, so it never outlives the tests that began it.
import { createInterface } from 'node:readline'
import { TestNetwork } from '@atproto/dev-env'

const network = await TestNetwork.create({
  dbPostgresSchema: 'tests',
  pds: { hostname: 'localhost', enableDidDocWithSession: true },
})
process.stdout.write(JSON.stringify({ server: network.pds.url }) + '\n')

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'process') {
    await network.processAll(20_000)
    await network.bsky.sub.processAll() // what the last of it left to be done in the background, notifications among it
    process.stdout.write('"done"\n')
  }
}
process.exit(0)
