import { useEffect, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';
import { DeviceChoice } from './device-choice.js';
import { Modal } from './modal.js';
import type { RoomSession } from './room-session.js';
import { Icon } from './icons.js';
import { Spinner } from './spinner.js';
import { Video } from './video.js';

interface StageQuestionProps {
  session: RoomSession;
  /** `stage-answer`: somebody asks; `stage-enter`: by one's own wish. */
  answer: 'stage-answer' | 'stage-enter';
  onClose: () => void;
}

/** P4: what the others will see and hear, before they do. The client sends nothing from the audience. */
export function StageQuestion({ session, answer, onClose }: StageQuestionProps) {
  const { media } = session;
  const joins = useRef(false);
  const closeDevices = () => {
    void media.setCamera(false);
    void media.setMicrophone(false);
  };
  useEffect(() => {
    void media.openBoth();
    return () => {
      if (!joins.current) closeDevices();
    };
  }, []);
  const join = async () => {
    joins.current = true;
    const request = answer === 'stage-answer' ? ({ type: 'stage-answer', accepted: true } as const) : ({ type: 'stage-enter' } as const);
    if (await session.joinStage(request)) return;
    // Where the stage is full, the invitation is declined: it would stand for ever, and could not be given again.
    closeDevices();
    if (answer === 'stage-answer') await session.attempt({ type: 'stage-answer', accepted: false });
  };
  const close = () => {
    if (!joins.current && answer === 'stage-answer') void session.command({ type: 'stage-answer', accepted: false });
    onClose();
  };
  const camera = media.camera.value;
  return (
    <Modal question={text.hand.question} hint={text.hand.hint} action={text.hand.join} cancel={text.hand.notNow} onAction={() => void join()} onClose={close}>
      <div class="preview stage-preview">
        {camera.track ? (
          <Video track={camera.track} label={text.join.preview} mirrored />
        ) : (
          <p class="preview-off">
            {camera.opening ? <Spinner /> : <Icon name="camera" struck />}
            {camera.opening ? text.join.cameraStarting : text.join.cameraOff}
          </p>
        )}
      </div>
      <DeviceChoice media={media} />
    </Modal>
  );
}
