import t from 'tap';
import { recordingOwner } from '../../src/room/ownership.js';

t.test('the owner of a recording follows the kind of the room (F2)', async (t) => {
  const room = { ownerId: 'room-owner', collectionOwnerId: 'collection-owner' };
  t.equal(recordingOwner({ ...room, kind: 'single' }, 'starter'), 'room-owner');
  t.equal(recordingOwner({ ...room, kind: 'channel' }, 'starter'), 'collection-owner');
  t.equal(recordingOwner({ ...room, kind: 'gallery' }, 'starter'), 'collection-owner');
  const alone = { ownerId: 'room-owner', collectionOwnerId: null };
  t.equal(recordingOwner({ ...alone, kind: 'gallery' }, 'starter'), 'starter');
  t.equal(recordingOwner({ ...alone, kind: 'channel' }, 'starter'), 'room-owner');
});
