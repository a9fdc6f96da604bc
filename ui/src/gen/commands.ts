// Generated from the command table in crates/api/src/table.rs. Do not edit.

import type { AddAlias } from './AddAlias';
import type { AliasRef } from './AliasRef';
import type { Aliases } from './Aliases';
import type { Alike } from './Alike';
import type { Alikes } from './Alikes';
import type { AnswerRetain } from './AnswerRetain';
import type { AnswerTool } from './AnswerTool';
import type { AppEvent } from './AppEvent';
import type { AppInfo } from './AppInfo';
import type { AppendUpload } from './AppendUpload';
import type { ApplyTemplate } from './ApplyTemplate';
import type { ArchiveBank } from './ArchiveBank';
import type { ArchiveInfo } from './ArchiveInfo';
import type { AttachTurn } from './AttachTurn';
import type { AuditEntry } from './AuditEntry';
import type { AuditEntryRef } from './AuditEntryRef';
import type { AuditPage } from './AuditPage';
import type { AuditState } from './AuditState';
import type { AuditVolume } from './AuditVolume';
import type { BankConfigView } from './BankConfigView';
import type { BankList } from './BankList';
import type { BankLook } from './BankLook';
import type { BankMove } from './BankMove';
import type { BankMoves } from './BankMoves';
import type { BankPage } from './BankPage';
import type { BankRef } from './BankRef';
import type { BankSettings } from './BankSettings';
import type { BankStats } from './BankStats';
import type { BankTemplate } from './BankTemplate';
import type { BankThen } from './BankThen';
import type { BankUses } from './BankUses';
import type { Batch } from './Batch';
import type { BatchList } from './BatchList';
import type { BatchRef } from './BatchRef';
import type { BeginUpload } from './BeginUpload';
import type { BodyView } from './BodyView';
import type { Breakpoint } from './Breakpoint';
import type { Breakpoints } from './Breakpoints';
import type { BreakpointsOf } from './BreakpointsOf';
import type { BundleOf } from './BundleOf';
import type { BundlePreview } from './BundlePreview';
import type { BundleRef } from './BundleRef';
import type { CancelTurn } from './CancelTurn';
import type { ChangeConfig } from './ChangeConfig';
import type { ChangeMatching } from './ChangeMatching';
import type { ChangeMemories } from './ChangeMemories';
import type { ChangePage } from './ChangePage';
import type { ChangePreview } from './ChangePreview';
import type { Chat } from './Chat';
import type { ChatMemories } from './ChatMemories';
import type { ChatMemoriesOf } from './ChatMemoriesOf';
import type { ChatMemorySet } from './ChatMemorySet';
import type { ChatMeter } from './ChatMeter';
import type { ChatMeterOf } from './ChatMeterOf';
import type { ChatPage } from './ChatPage';
import type { ChatView } from './ChatView';
import type { Check } from './Check';
import type { CheckList } from './CheckList';
import type { CheckProgress } from './CheckProgress';
import type { CheckProvider } from './CheckProvider';
import type { CheckRef } from './CheckRef';
import type { CheckServer } from './CheckServer';
import type { CheckYaml } from './CheckYaml';
import type { ChunkPage } from './ChunkPage';
import type { Cleared } from './Cleared';
import type { CloneBank } from './CloneBank';
import type { Consolidate } from './Consolidate';
import type { Consolidation } from './Consolidation';
import type { Copyable } from './Copyable';
import type { CountAuditLog } from './CountAuditLog';
import type { CountLlmRequests } from './CountLlmRequests';
import type { CountMemories } from './CountMemories';
import type { CountOverTime } from './CountOverTime';
import type { CountTokens } from './CountTokens';
import type { CreateBank } from './CreateBank';
import type { CreateChat } from './CreateChat';
import type { CreateDirective } from './CreateDirective';
import type { CreateKnowledgeFolder } from './CreateKnowledgeFolder';
import type { CreateKnowledgePage } from './CreateKnowledgePage';
import type { CreateMentalModel } from './CreateMentalModel';
import type { CreateWebhook } from './CreateWebhook';
import type { CreatedBank } from './CreatedBank';
import type { DeleteBank } from './DeleteBank';
import type { DeleteChat } from './DeleteChat';
import type { DeletedBank } from './DeletedBank';
import type { Diagnostics } from './Diagnostics';
import type { Directive } from './Directive';
import type { DirectivePage } from './DirectivePage';
import type { DirectiveRef } from './DirectiveRef';
import type { DocumentDeleted } from './DocumentDeleted';
import type { DocumentGoes } from './DocumentGoes';
import type { DocumentHistory } from './DocumentHistory';
import type { DocumentPage } from './DocumentPage';
import type { DocumentView } from './DocumentView';
import type { Done } from './Done';
import type { DryRefresh } from './DryRefresh';
import type { EditMemories } from './EditMemories';
import type { Empty } from './Empty';
import type { EngineView } from './EngineView';
import type { EntityList } from './EntityList';
import type { EnvFile } from './EnvFile';
import type { ExportChecks } from './ExportChecks';
import type { FactChanges } from './FactChanges';
import type { FactRef } from './FactRef';
import type { FeatureList } from './FeatureList';
import type { FetchImage } from './FetchImage';
import type { FetchMessages } from './FetchMessages';
import type { FindAlike } from './FindAlike';
import type { FindEvent } from './FindEvent';
import type { FindInBank } from './FindInBank';
import type { FindObservations } from './FindObservations';
import type { FollowedCallRef } from './FollowedCallRef';
import type { FollowedView } from './FollowedView';
import type { ForgetPairs } from './ForgetPairs';
import type { GetRun } from './GetRun';
import type { GlanceAt } from './GlanceAt';
import type { Graph } from './Graph';
import type { GraphAroundNode } from './GraphAroundNode';
import type { GraphOfBank } from './GraphOfBank';
import type { GraphOfEntities } from './GraphOfEntities';
import type { Hits } from './Hits';
import type { ImageData } from './ImageData';
import type { ImportChecks } from './ImportChecks';
import type { ImportKey } from './ImportKey';
import type { ImportedChecks } from './ImportedChecks';
import type { InjectionChoices } from './InjectionChoices';
import type { InjectionList } from './InjectionList';
import type { IntakeGlance } from './IntakeGlance';
import type { JournalRef } from './JournalRef';
import type { KeepPair } from './KeepPair';
import type { KeptPairPage } from './KeptPairPage';
import type { KnowledgeExport } from './KnowledgeExport';
import type { KnowledgeHits } from './KnowledgeHits';
import type { KnowledgeNode } from './KnowledgeNode';
import type { KnowledgeNodeRef } from './KnowledgeNodeRef';
import type { KnowledgePage } from './KnowledgePage';
import type { KnowledgePageRef } from './KnowledgePageRef';
import type { KnowledgeTree } from './KnowledgeTree';
import type { KnownThenOf } from './KnownThenOf';
import type { LabCancel } from './LabCancel';
import type { LabDefaults } from './LabDefaults';
import type { LabDefaultsOf } from './LabDefaultsOf';
import type { LabEvent } from './LabEvent';
import type { LabLearned } from './LabLearned';
import type { LabPlan } from './LabPlan';
import type { LabRecall } from './LabRecall';
import type { LabRecalled } from './LabRecalled';
import type { LabReflect } from './LabReflect';
import type { LabReflected } from './LabReflected';
import type { LabRetain } from './LabRetain';
import type { LabRetained } from './LabRetained';
import type { LabRetainedOf } from './LabRetainedOf';
import type { LabTried } from './LabTried';
import type { LabTryRetain } from './LabTryRetain';
import type { LabWhyNot } from './LabWhyNot';
import type { LearnedNow } from './LearnedNow';
import type { ListAlikes } from './ListAlikes';
import type { ListAuditLog } from './ListAuditLog';
import type { ListBanks } from './ListBanks';
import type { ListChats } from './ListChats';
import type { ListChunks } from './ListChunks';
import type { ListDeliveries } from './ListDeliveries';
import type { ListDocuments } from './ListDocuments';
import type { ListEntities } from './ListEntities';
import type { ListInjectionNames } from './ListInjectionNames';
import type { ListInjections } from './ListInjections';
import type { ListKeptPairs } from './ListKeptPairs';
import type { ListLlmRequests } from './ListLlmRequests';
import type { ListMemories } from './ListMemories';
import type { ListMentalModels } from './ListMentalModels';
import type { ListMissionVersions } from './ListMissionVersions';
import type { ListModels } from './ListModels';
import type { ListOperations } from './ListOperations';
import type { ListRuns } from './ListRuns';
import type { ListScopes } from './ListScopes';
import type { ListTags } from './ListTags';
import type { ListUndated } from './ListUndated';
import type { ListUnechoed } from './ListUnechoed';
import type { ListUninfluential } from './ListUninfluential';
import type { LlmHealth } from './LlmHealth';
import type { LlmRequest } from './LlmRequest';
import type { LlmRequestPage } from './LlmRequestPage';
import type { LlmRequestRef } from './LlmRequestRef';
import type { LlmRequestVolume } from './LlmRequestVolume';
import type { LocalServers } from './LocalServers';
import type { LookAtBank } from './LookAtBank';
import type { LookIntoEnvFile } from './LookIntoEnvFile';
import type { MadeBy } from './MadeBy';
import type { MadeKnowledgePage } from './MadeKnowledgePage';
import type { MadeMentalModel } from './MadeMentalModel';
import type { MemoriesOverTime } from './MemoriesOverTime';
import type { MemoryAround } from './MemoryAround';
import type { MemoryHistory } from './MemoryHistory';
import type { MemoryPage } from './MemoryPage';
import type { MemorySource } from './MemorySource';
import type { MemoryStatus } from './MemoryStatus';
import type { MemoryStatusOf } from './MemoryStatusOf';
import type { MemoryTurns } from './MemoryTurns';
import type { MentalModel } from './MentalModel';
import type { MentalModelPage } from './MentalModelPage';
import type { MentalModelRef } from './MentalModelRef';
import type { MergeEntities } from './MergeEntities';
import type { MergePlan } from './MergePlan';
import type { MessageRef } from './MessageRef';
import type { Messages } from './Messages';
import type { MissionVersions } from './MissionVersions';
import type { ModelHistory } from './ModelHistory';
import type { ModelList } from './ModelList';
import type { MoveLearned } from './MoveLearned';
import type { MoveLearnedBack } from './MoveLearnedBack';
import type { MoveRef } from './MoveRef';
import type { MovedFacts } from './MovedFacts';
import type { ObservationsCleared } from './ObservationsCleared';
import type { ObservationsOn } from './ObservationsOn';
import type { OneDocument } from './OneDocument';
import type { OpenChat } from './OpenChat';
import type { OpenUrl } from './OpenUrl';
import type { OpenedBundle } from './OpenedBundle';
import type { Operation } from './Operation';
import type { OperationPage } from './OperationPage';
import type { OperationRef } from './OperationRef';
import type { OutletEvent } from './OutletEvent';
import type { PausedBlock } from './PausedBlock';
import type { PlanLab } from './PlanLab';
import type { PlanMerge } from './PlanMerge';
import type { Preferences } from './Preferences';
import type { PreviewEdit } from './PreviewEdit';
import type { PreviewPrompt } from './PreviewPrompt';
import type { PreviewStrategies } from './PreviewStrategies';
import type { Profile } from './Profile';
import type { ProfileList } from './ProfileList';
import type { ProfileRef } from './ProfileRef';
import type { PromptPreview } from './PromptPreview';
import type { ProviderCheck } from './ProviderCheck';
import type { ProviderList } from './ProviderList';
import type { ProviderRef } from './ProviderRef';
import type { ProviderView } from './ProviderView';
import type { ReadStats } from './ReadStats';
import type { Recovered } from './Recovered';
import type { ReflectAgainOf } from './ReflectAgainOf';
import type { ReflectedAgain } from './ReflectedAgain';
import type { RefreshMentalModel } from './RefreshMentalModel';
import type { RemoveBreakpoint } from './RemoveBreakpoint';
import type { RenameBank } from './RenameBank';
import type { ReplaceDocument } from './ReplaceDocument';
import type { ReplayPlan } from './ReplayPlan';
import type { ReplayRef } from './ReplayRef';
import type { ReplayTurn } from './ReplayTurn';
import type { ReplayView } from './ReplayView';
import type { Replays } from './Replays';
import type { Reprocessing } from './Reprocessing';
import type { RequestChanges } from './RequestChanges';
import type { RestoreBank } from './RestoreBank';
import type { ResumeTurn } from './ResumeTurn';
import type { RetagDocument } from './RetagDocument';
import type { RetainState } from './RetainState';
import type { RetryTurn } from './RetryTurn';
import type { RevertMission } from './RevertMission';
import type { RunChecks } from './RunChecks';
import type { RunEvent } from './RunEvent';
import type { RunLab } from './RunLab';
import type { RunPage } from './RunPage';
import type { RunView } from './RunView';
import type { RunsTogether } from './RunsTogether';
import type { SampleEvent } from './SampleEvent';
import type { SampleIntake } from './SampleIntake';
import type { SaveBankSettings } from './SaveBankSettings';
import type { SaveCheck } from './SaveCheck';
import type { SaveDraft } from './SaveDraft';
import type { SaveGraphPicture } from './SaveGraphPicture';
import type { SaveMemoryModel } from './SaveMemoryModel';
import type { SaveMission } from './SaveMission';
import type { SavePreferences } from './SavePreferences';
import type { SaveProfile } from './SaveProfile';
import type { SaveProvider } from './SaveProvider';
import type { SaveServer } from './SaveServer';
import type { SaveView } from './SaveView';
import type { SavedView } from './SavedView';
import type { ScopePage } from './ScopePage';
import type { Search } from './Search';
import type { SearchKnowledge } from './SearchKnowledge';
import type { ServerCheck } from './ServerCheck';
import type { ServerList } from './ServerList';
import type { ServerRef } from './ServerRef';
import type { ServerView } from './ServerView';
import type { SetBreakpoint } from './SetBreakpoint';
import type { SetChatMemory } from './SetChatMemory';
import type { ShowBranch } from './ShowBranch';
import type { Siblings } from './Siblings';
import type { StartIntake } from './StartIntake';
import type { StartTurn } from './StartTurn';
import type { StartedOperation } from './StartedOperation';
import type { StartedTurn } from './StartedTurn';
import type { StepRef } from './StepRef';
import type { StrategyClaims } from './StrategyClaims';
import type { Strip } from './Strip';
import type { SwitchAuditLog } from './SwitchAuditLog';
import type { TagPage } from './TagPage';
import type { TakeOut } from './TakeOut';
import type { TemplateOutcome } from './TemplateOutcome';
import type { ThenAndNow } from './ThenAndNow';
import type { ThenAndNowOf } from './ThenAndNowOf';
import type { TokenCounts } from './TokenCounts';
import type { TransferBank } from './TransferBank';
import type { TurnRecord } from './TurnRecord';
import type { TurnRef } from './TurnRef';
import type { TurnStages } from './TurnStages';
import type { TurnWhyNot } from './TurnWhyNot';
import type { TurnWhyNotOf } from './TurnWhyNotOf';
import type { Undated } from './Undated';
import type { UndoRun } from './UndoRun';
import type { UnechoedList } from './UnechoedList';
import type { UninfluentialList } from './UninfluentialList';
import type { UpdateChat } from './UpdateChat';
import type { UpdateDirective } from './UpdateDirective';
import type { UpdateKnowledgeNode } from './UpdateKnowledgeNode';
import type { UpdateMentalModel } from './UpdateMentalModel';
import type { UpdateWebhook } from './UpdateWebhook';
import type { Upload } from './Upload';
import type { UploadRef } from './UploadRef';
import type { UploadedFile } from './UploadedFile';
import type { ViewList } from './ViewList';
import type { ViewRef } from './ViewRef';
import type { Webhook } from './Webhook';
import type { WebhookDeliveryPage } from './WebhookDeliveryPage';
import type { WebhookPage } from './WebhookPage';
import type { WebhookRef } from './WebhookRef';
import type { WholeMemory } from './WholeMemory';
import type { WhyNot } from './WhyNot';
import type { WrittenFile } from './WrittenFile';

/** Every command: what goes in, what comes out. */
export interface Commands {
  /** What this installation is. */
  'app.info': { request: Empty; answer: AppInfo; kind: 'read' };
  /** How the window looks and behaves. */
  'app.preferences': { request: Empty; answer: Preferences; kind: 'read' };
  /** Keeps how the window looks and behaves. */
  'app.savePreferences': { request: SavePreferences; answer: Preferences; kind: 'write' };
  /** Versions, settings without content and the last log lines, redacted. */
  'app.diagnostics': { request: Empty; answer: Diagnostics; kind: 'read' };
  /** Opens an address in the system's browser. */
  'app.openUrl': { request: OpenUrl; answer: Done; kind: 'write' };
  /** Low-rate notices: something changed, a run began or ended, a retain moved on. */
  'app.events': { request: Empty; answer: AppEvent; kind: 'stream' };
  /** How the memory engine in this app is. */
  'engine.status': { request: Empty; answer: EngineView; kind: 'read' };
  /** Sets the model behind memory and its limit. */
  'engine.saveModel': { request: SaveMemoryModel; answer: EngineView; kind: 'write' };
  /** Loads the sample bank. */
  'engine.loadSample': { request: Empty; answer: EngineView; kind: 'write' };
  /** Removes the sample bank. */
  'engine.removeSample': { request: Empty; answer: EngineView; kind: 'write' };
  /** Lists chats. */
  'chat.list': { request: ListChats; answer: ChatPage; kind: 'read' };
  /** Makes a chat. */
  'chat.create': { request: CreateChat; answer: Chat; kind: 'write' };
  /** Opens a chat. */
  'chat.open': { request: OpenChat; answer: ChatView; kind: 'read' };
  /** Fetches messages whole. */
  'chat.messages': { request: FetchMessages; answer: Messages; kind: 'read' };
  /** Lists the messages beside a message. */
  'chat.siblings': { request: MessageRef; answer: Siblings; kind: 'read' };
  /** Fetches an attached image. */
  'chat.image': { request: FetchImage; answer: ImageData; kind: 'read' };
  /** Changes a chat. */
  'chat.update': { request: UpdateChat; answer: Chat; kind: 'write' };
  /** Keeps what was typed and not sent. */
  'chat.saveDraft': { request: SaveDraft; answer: Done; kind: 'write' };
  /** Deletes a chat. */
  'chat.delete': { request: DeleteChat; answer: Done; kind: 'write' };
  /** Makes another branch visible; memory follows. */
  'chat.showBranch': { request: ShowBranch; answer: ChatView; kind: 'write' };
  /** Searches all messages and titles. */
  'chat.search': { request: Search; answer: Hits; kind: 'read' };
  /** Sends a message. */
  'turn.start': { request: StartTurn; answer: StartedTurn; kind: 'write' };
  /** Answers a question again. */
  'turn.retry': { request: RetryTurn; answer: StartedTurn; kind: 'write' };
  /** Follows a run. */
  'turn.attach': { request: AttachTurn; answer: RunEvent; kind: 'stream' };
  /** Stops a run. */
  'turn.cancel': { request: CancelTurn; answer: Done; kind: 'write' };
  /** Says whether a memory tool may store what it asked to store. */
  'turn.answerTool': { request: AnswerTool; answer: Done; kind: 'write' };
  /** Goes on without waiting for memory. */
  'turn.skipMemory': { request: CancelTurn; answer: Done; kind: 'write' };
  /** Lets a turn go on that paused at a breakpoint, with changes of its block. */
  'turn.resume': { request: ResumeTurn; answer: Done; kind: 'write' };
  /** The block of a paused turn as it would be with changes; nothing is changed. */
  'turn.pausedBlock': { request: ResumeTurn; answer: PausedBlock; kind: 'read' };
  /** The record of a turn. */
  'turn.record': { request: TurnRef; answer: TurnRecord; kind: 'read' };
  /** A request of a turn as it was sent. */
  'turn.body': { request: StepRef; answer: BodyView; kind: 'read' };
  /** What is other in a request than in the one before it. */
  'turn.changes': { request: StepRef; answer: RequestChanges; kind: 'read' };
  /** A request of a turn as a curl command, without the key. */
  'turn.curl': { request: StepRef; answer: Copyable; kind: 'read' };
  /** What memory took in a chat, turn by turn, and what it would have taken in other places of the prompt. */
  'chat.meter': { request: ChatMeterOf; answer: ChatMeter; kind: 'read' };
  /** What a replay of a turn would take; nothing is sent. */
  'turn.replayPrice': { request: ReplayTurn; answer: ReplayPlan; kind: 'read' };
  /** Sends the request of a turn again with something changed; nothing of it is retained. */
  'turn.replay': { request: ReplayTurn; answer: ReplayView; kind: 'write' };
  /** Stops a replay; what came is kept. */
  'turn.stopReplay': { request: ReplayRef; answer: Done; kind: 'write' };
  /** Deletes a replay that is over. */
  'turn.deleteReplay': { request: ReplayRef; answer: Done; kind: 'write' };
  /** The replays of a turn, and which memory mattered by them. */
  'turn.replays': { request: TurnRef; answer: Replays; kind: 'read' };
  /** Tries again to store a turn. */
  'turn.retryRetain': { request: TurnRef; answer: RetainState; kind: 'write' };
  /** Says whether a turn that waits for it goes to memory. */
  'turn.answerRetain': { request: AnswerRetain; answer: RetainState; kind: 'write' };
  /** How the facts that came of a turn are now. */
  'turn.learned': { request: TurnRef; answer: LearnedNow; kind: 'read' };
  /** Looks again at what a turn taught memory. */
  'turn.lookAgain': { request: TurnRef; answer: Done; kind: 'write' };
  /** Moves facts that came of a turn to another bank: copied there, then retired here. */
  'turn.moveLearned': { request: MoveLearned; answer: MovedFacts; kind: 'write' };
  /** Moves facts back that were moved: restored here, then deleted there. */
  'turn.moveLearnedBack': { request: MoveLearnedBack; answer: MovedFacts; kind: 'write' };
  /** What memory would do for the next message of a chat. */
  'memory.status': { request: MemoryStatusOf; answer: MemoryStatus; kind: 'read' };
  /** Turns of all chats, searched by what memory did in them. */
  'injection.list': { request: ListInjections; answer: InjectionList; kind: 'read' };
  /** The models and banks that turns name. */
  'injection.names': { request: ListInjectionNames; answer: InjectionChoices; kind: 'read' };
  /** Memories that were injected again and again and never came back in an answer. */
  'injection.unechoed': { request: ListUnechoed; answer: UnechoedList; kind: 'read' };
  /** Memories that replays left out without any difference. */
  'injection.uninfluential': { request: ListUninfluential; answer: UninfluentialList; kind: 'read' };
  /** What the bundle of a turn would hold; nothing is written. */
  'bundle.preview': { request: BundleOf; answer: BundlePreview; kind: 'read' };
  /** Writes a turn into one file for a bug report, without keys. */
  'bundle.save': { request: BundleOf; answer: WrittenFile; kind: 'write' };
  /** Opens a bundle that somebody made, to look at; nothing of it is kept. */
  'bundle.open': { request: UploadRef; answer: OpenedBundle; kind: 'write' };
  /** Closes a bundle. */
  'bundle.close': { request: BundleRef; answer: Done; kind: 'write' };
  /** The recall of a turn, stage by stage as its trace tells, and which of its memories say the same. */
  'turn.stages': { request: TurnRef; answer: TurnStages; kind: 'read' };
  /** Says why a memory is not in a turn: what the record tells, then what a recall finds that is made now. */
  'turn.whyNot': { request: TurnWhyNotOf; answer: TurnWhyNot; kind: 'read' };
  /** Asks a turn's own recall again and sets the answer beside what the turn had. */
  'turn.thenAndNow': { request: ThenAndNowOf; answer: ThenAndNow; kind: 'read' };
  /** Makes a turn's own reflect again, with the memory server's model, and sets it beside the turn's. */
  'turn.reflectAgain': { request: ReflectAgainOf; answer: ReflectedAgain; kind: 'read' };
  /** Lists what a turn's bank knew when the turn began, by when it was learned or by when it happened. */
  'turn.knownThen': { request: KnownThenOf; answer: BankThen; kind: 'read' };
  /** Lists what is pinned to a chat and what is not relevant in it. */
  'chat.memories': { request: ChatMemoriesOf; answer: ChatMemories; kind: 'read' };
  /** Pins a memory to a chat, calls it not relevant there, or takes that back. */
  'chat.setMemory': { request: SetChatMemory; answer: ChatMemorySet; kind: 'write' };
  /** Lists the breakpoints of a chat. */
  'chat.breakpoints': { request: BreakpointsOf; answer: Breakpoints; kind: 'read' };
  /** Sets a breakpoint of a chat, or switches it on or off. */
  'chat.setBreakpoint': { request: SetBreakpoint; answer: Breakpoint; kind: 'write' };
  /** Removes a breakpoint of a chat. */
  'chat.removeBreakpoint': { request: RemoveBreakpoint; answer: Done; kind: 'write' };
  /** All providers, presets and keys found in the environment. */
  'provider.list': { request: Empty; answer: ProviderList; kind: 'read' };
  /** Keeps a provider. */
  'provider.save': { request: SaveProvider; answer: ProviderView; kind: 'write' };
  /** Deletes a provider and its key. */
  'provider.delete': { request: ProviderRef; answer: Done; kind: 'write' };
  /** Deletes a provider's key. */
  'provider.clearKey': { request: ProviderRef; answer: Done; kind: 'write' };
  /** Checks a provider. */
  'provider.check': { request: CheckProvider; answer: ProviderCheck; kind: 'read' };
  /** Lists a provider's models. */
  'provider.models': { request: ListModels; answer: ModelList; kind: 'read' };
  /** Looks for model servers on this computer. */
  'provider.findLocal': { request: Empty; answer: LocalServers; kind: 'read' };
  /** Names the keys that a `.env` file holds. */
  'provider.lookIntoEnvFile': { request: LookIntoEnvFile; answer: EnvFile; kind: 'read' };
  /** Takes a key from the environment or from a `.env` file. */
  'provider.importKey': { request: ImportKey; answer: ProviderView; kind: 'write' };
  /** All models that can be chosen, from the last lists. */
  'model.list': { request: Empty; answer: ModelList; kind: 'read' };
  /** All memory servers. */
  'server.list': { request: Empty; answer: ServerList; kind: 'read' };
  /** Keeps a memory server. */
  'server.save': { request: SaveServer; answer: ServerView; kind: 'write' };
  /** Deletes a memory server and its key; its data stays where it is. */
  'server.delete': { request: ServerRef; answer: Done; kind: 'write' };
  /** Deletes a memory server's key. */
  'server.clearKey': { request: ServerRef; answer: Done; kind: 'write' };
  /** Makes new turns use a memory server. */
  'server.makeDefault': { request: ServerRef; answer: Done; kind: 'write' };
  /** Checks a memory server. */
  'server.check': { request: CheckServer; answer: ServerCheck; kind: 'read' };
  /** What a memory server offers, by the names of `Features`. */
  'server.features': { request: ServerRef; answer: FeatureList; kind: 'read' };
  /** Lists banks. */
  'server.banks': { request: ListBanks; answer: BankPage; kind: 'read' };
  /** The settings of turns on a bank. */
  'bank.settings': { request: BankRef; answer: BankSettings; kind: 'read' };
  /** Keeps the settings of turns on a bank. */
  'bank.saveSettings': { request: SaveBankSettings; answer: Done; kind: 'write' };
  /** All profiles. */
  'profile.list': { request: Empty; answer: ProfileList; kind: 'read' };
  /** Keeps a profile. */
  'profile.save': { request: SaveProfile; answer: Profile; kind: 'write' };
  /** Deletes a profile; chats that used it fall back. */
  'profile.delete': { request: ProfileRef; answer: Done; kind: 'write' };
  /** All banks of a server. */
  'bank.list': { request: ServerRef; answer: BankList; kind: 'read' };
  /** Banks that are called nearly as what was typed, so that a slip makes none. */
  'bank.alike': { request: FindAlike; answer: Alike; kind: 'read' };
  /** Makes a bank, names it, and sets it up by a template. */
  'bank.create': { request: CreateBank; answer: CreatedBank; kind: 'write' };
  /** What uses a bank. */
  'bank.uses': { request: BankRef; answer: BankUses; kind: 'read' };
  /** Makes a bank the one of its server, for new chats. */
  'bank.useByDefault': { request: BankRef; answer: Done; kind: 'write' };
  /** Deletes a bank with everything in it, after its name was typed. */
  'bank.delete': { request: DeleteBank; answer: DeletedBank; kind: 'write' };
  /** The names of a bank. */
  'bank.aliases': { request: BankRef; answer: Aliases; kind: 'read' };
  /** Shows a bank under another name. */
  'bank.rename': { request: RenameBank; answer: Aliases; kind: 'write' };
  /** Gives a bank another name. */
  'bank.addAlias': { request: AddAlias; answer: Aliases; kind: 'write' };
  /** Takes a name from a bank. */
  'bank.removeAlias': { request: AliasRef; answer: Aliases; kind: 'write' };
  /** The settings, directives and mental models of a bank as a template. */
  'bank.template': { request: BankRef; answer: BankTemplate; kind: 'read' };
  /** Tells what a template would do to a bank; nothing is done. */
  'bank.tryTemplate': { request: ApplyTemplate; answer: TemplateOutcome; kind: 'read' };
  /** Sets a bank up by a template. */
  'bank.applyTemplate': { request: ApplyTemplate; answer: TemplateOutcome; kind: 'write' };
  /** Writes the template of a bank into a file. */
  'bank.saveTemplate': { request: BankRef; answer: WrittenFile; kind: 'write' };
  /** Moves of banks that go on or have ended, the newest first. */
  'bank.moves': { request: Empty; answer: BankMoves; kind: 'read' };
  /** Copies a bank on its server. */
  'bank.clone': { request: CloneBank; answer: BankMove; kind: 'write' };
  /** Copies a bank to another server. */
  'bank.transfer': { request: TransferBank; answer: BankMove; kind: 'write' };
  /** Packs a bank into a file. */
  'bank.archive': { request: ArchiveBank; answer: BankMove; kind: 'write' };
  /** What is in an archive, before it goes anywhere. */
  'bank.archiveInfo': { request: UploadRef; answer: ArchiveInfo; kind: 'read' };
  /** Brings a bank in from a file. */
  'bank.restore': { request: RestoreBank; answer: BankMove; kind: 'write' };
  /** Stops a move, on the server too. */
  'bank.cancelMove': { request: MoveRef; answer: Done; kind: 'write' };
  /** Looks what became of a move that Rearview lost sight of, and follows it on if it still runs. */
  'bank.followMove': { request: MoveRef; answer: BankMove; kind: 'write' };
  /** Takes a move that has ended off the list. */
  'bank.forgetMove': { request: MoveRef; answer: Done; kind: 'write' };
  /** The settings of a bank on its server, and what that server can do with them. */
  'bankConfig.read': { request: BankRef; answer: BankConfigView; kind: 'read' };
  /** Changes settings of a bank; null gives one back. */
  'bankConfig.change': { request: ChangeConfig; answer: BankConfigView; kind: 'write' };
  /** Gives every setting of a bank back, missions included. */
  'bankConfig.reset': { request: BankRef; answer: BankConfigView; kind: 'write' };
  /** What a model is sent when this bank retains, consolidates or reflects. */
  'bankConfig.prompts': { request: PreviewPrompt; answer: PromptPreview; kind: 'read' };
  /** Saves the missions of a bank, all at once. */
  'mission.save': { request: SaveMission; answer: BankConfigView; kind: 'write' };
  /** Saves an earlier version of the missions again. */
  'mission.revert': { request: RevertMission; answer: BankConfigView; kind: 'write' };
  /** Versions of a bank's missions that were saved or seen here, the newest first. */
  'mission.versions': { request: ListMissionVersions; answer: MissionVersions; kind: 'read' };
  /** How many tokens texts have, as o200k. */
  'mission.countTokens': { request: CountTokens; answer: TokenCounts; kind: 'read' };
  /** What a mission lab would read and take; nothing is asked of a model. */
  'mission.planLab': { request: PlanLab; answer: LabPlan; kind: 'read' };
  /** Reads documents under the missions that hold and under new ones, and stores nothing. */
  'mission.lab': { request: RunLab; answer: LabEvent; kind: 'stream' };
  /** The scopes of a bank's observations, the fullest first. */
  'observation.scopes': { request: ListScopes; answer: ScopePage; kind: 'read' };
  /** Merges facts that wait into observations. */
  'observation.consolidate': { request: Consolidate; answer: Consolidation; kind: 'write' };
  /** Gives facts that consolidation failed on another try. */
  'observation.recover': { request: BankRef; answer: Recovered; kind: 'write' };
  /** Deletes all observations of a bank; the facts stay. */
  'observation.clear': { request: BankRef; answer: Cleared; kind: 'write' };
  /** Which scopes each strategy of consolidation would claim; nothing is saved. */
  'observation.strategies': { request: PreviewStrategies; answer: StrategyClaims; kind: 'read' };
  /** Lists the directives of a bank, inactive ones included. */
  'directive.list': { request: BankRef; answer: DirectivePage; kind: 'read' };
  /** Makes a directive. */
  'directive.create': { request: CreateDirective; answer: Directive; kind: 'write' };
  /** Changes a directive. */
  'directive.update': { request: UpdateDirective; answer: Directive; kind: 'write' };
  /** Deletes a directive. */
  'directive.delete': { request: DirectiveRef; answer: Done; kind: 'write' };
  /** Lists the mental models of a bank with their texts. */
  'mentalModel.list': { request: ListMentalModels; answer: MentalModelPage; kind: 'read' };
  /** Reads a mental model with what it rests on. */
  'mentalModel.read': { request: MentalModelRef; answer: MentalModel; kind: 'read' };
  /** Reads what a mental model was, the newest change first. */
  'mentalModel.history': { request: MentalModelRef; answer: ModelHistory; kind: 'read' };
  /** Makes a mental model; its first refresh begins by itself. */
  'mentalModel.create': { request: CreateMentalModel; answer: MadeMentalModel; kind: 'write' };
  /** Changes a mental model. */
  'mentalModel.update': { request: UpdateMentalModel; answer: MentalModel; kind: 'write' };
  /** Deletes a mental model with its history. */
  'mentalModel.delete': { request: MentalModelRef; answer: Done; kind: 'write' };
  /** Empties the text of a mental model. */
  'mentalModel.clear': { request: MentalModelRef; answer: Done; kind: 'write' };
  /** Begins to refresh a mental model. */
  'mentalModel.refresh': { request: RefreshMentalModel; answer: StartedOperation; kind: 'write' };
  /** Tries a refresh of a mental model without keeping it. */
  'mentalModel.dryRun': { request: RefreshMentalModel; answer: DryRefresh; kind: 'read' };
  /** Reads the folders and knowledge pages of a bank. */
  'knowledge.tree': { request: BankRef; answer: KnowledgeTree; kind: 'read' };
  /** Reads a knowledge page with its text. */
  'knowledge.read': { request: KnowledgePageRef; answer: KnowledgePage; kind: 'read' };
  /** Searches the knowledge pages of a bank. */
  'knowledge.search': { request: SearchKnowledge; answer: KnowledgeHits; kind: 'read' };
  /** Writes all knowledge pages of a bank as markdown files into a new folder. */
  'knowledge.export': { request: BankRef; answer: KnowledgeExport; kind: 'write' };
  /** Makes a folder for knowledge pages. */
  'knowledge.createFolder': { request: CreateKnowledgeFolder; answer: KnowledgeNode; kind: 'write' };
  /** Makes a knowledge page; its first refresh begins by itself. */
  'knowledge.createPage': { request: CreateKnowledgePage; answer: MadeKnowledgePage; kind: 'write' };
  /** Renames or moves a folder or knowledge page. */
  'knowledge.update': { request: UpdateKnowledgeNode; answer: KnowledgeNode; kind: 'write' };
  /** Deletes a knowledge page, or a folder with what is in it. */
  'knowledge.delete': { request: KnowledgeNodeRef; answer: Done; kind: 'write' };
  /** Lists the webhooks of a bank; secrets stay on the server. */
  'webhook.list': { request: BankRef; answer: WebhookPage; kind: 'read' };
  /** Lists the calls of a webhook, the newest first. */
  'webhook.deliveries': { request: ListDeliveries; answer: WebhookDeliveryPage; kind: 'read' };
  /** Makes a webhook. */
  'webhook.create': { request: CreateWebhook; answer: Webhook; kind: 'write' };
  /** Changes a webhook. */
  'webhook.update': { request: UpdateWebhook; answer: Webhook; kind: 'write' };
  /** Deletes a webhook. */
  'webhook.delete': { request: WebhookRef; answer: Done; kind: 'write' };
  /** Counts what is in a bank. */
  'stats.read': { request: ReadStats; answer: BankStats; kind: 'read' };
  /** Counts facts over time. */
  'stats.overTime': { request: CountMemories; answer: MemoriesOverTime; kind: 'read' };
  /** Asks the models behind a bank for a sign of life. */
  'llmHealth.read': { request: BankRef; answer: LlmHealth; kind: 'read' };
  /** Lists operations of a bank, the newest first. */
  'operation.list': { request: ListOperations; answer: OperationPage; kind: 'read' };
  /** Reads an operation with its parts, what it was given and what came of it. */
  'operation.read': { request: OperationRef; answer: Operation; kind: 'read' };
  /** Cancels an operation that is not finished. */
  'operation.cancel': { request: OperationRef; answer: Done; kind: 'write' };
  /** Tries a failed or cancelled operation again. */
  'operation.retry': { request: OperationRef; answer: Done; kind: 'write' };
  /** Removes the record of a finished operation. */
  'operation.forget': { request: OperationRef; answer: Done; kind: 'write' };
  /** Lists entries of the audit log, the newest first. */
  'audit.list': { request: ListAuditLog; answer: AuditPage; kind: 'read' };
  /** Reads an entry of the audit log with request and answer. */
  'audit.read': { request: AuditEntryRef; answer: AuditEntry; kind: 'read' };
  /** Counts entries of the audit log over time. */
  'audit.volume': { request: CountAuditLog; answer: AuditVolume; kind: 'read' };
  /** Tells whether a bank keeps an audit log. */
  'audit.state': { request: BankRef; answer: AuditState; kind: 'read' };
  /** Switches the audit log of a bank on or off. */
  'audit.switch': { request: SwitchAuditLog; answer: AuditState; kind: 'write' };
  /** Looks into the logs of a bank for what any client asked of it since the last look. Nothing is kept of it. */
  'follow.look': { request: LookAtBank; answer: BankLook; kind: 'read' };
  /** Reads one of these calls with all that the logs hold of it. */
  'follow.read': { request: FollowedCallRef; answer: FollowedView; kind: 'read' };
  /** Lists calls of models without their prompts and answers, the newest first. */
  'llmRequest.list': { request: ListLlmRequests; answer: LlmRequestPage; kind: 'read' };
  /** Reads a call of a model with prompt and answer. */
  'llmRequest.read': { request: LlmRequestRef; answer: LlmRequest; kind: 'read' };
  /** Counts calls of models over time. */
  'llmRequest.volume': { request: CountLlmRequests; answer: LlmRequestVolume; kind: 'read' };
  /** Lists facts of a bank, the one said last first, or by the time that the filter names. */
  'memory.list': { request: ListMemories; answer: MemoryPage; kind: 'read' };
  /** Reads one memory, an observation with the facts it was made of, and the server's answer as it came. */
  'memory.get': { request: FactRef; answer: WholeMemory; kind: 'read' };
  /** Where a memory was said: its document, its chunk and, if it is found, the sentence. */
  'memory.around': { request: FactRef; answer: MemoryAround; kind: 'read' };
  /** The whole text of a memory's document with the memory's place in it. */
  'memory.source': { request: FactRef; answer: MemorySource; kind: 'read' };
  /** The observations built on a memory or on the sources of an observation, and how far was looked. */
  'memory.observations': { request: FindObservations; answer: ObservationsOn; kind: 'read' };
  /** Drops the observations built on a fact. The server makes them anew; there is no undo. */
  'memory.clearObservations': { request: FactRef; answer: ObservationsCleared; kind: 'write' };
  /** Earlier versions of a memory, and what the server noted of it. */
  'memory.history': { request: FactRef; answer: MemoryHistory; kind: 'read' };
  /** What was done to a memory here, run by run. */
  'memory.changes': { request: FactRef; answer: FactChanges; kind: 'read' };
  /** The turns in which a memory was injected, kept out, found or learned. */
  'memory.turns': { request: FactRef; answer: MemoryTurns; kind: 'read' };
  /** The calls of models that a memory came of, or that went on with it. */
  'memory.llmRequests': { request: FactRef; answer: MadeBy; kind: 'read' };
  /** Lists the tags of a bank, the most used first. */
  'memory.tags': { request: ListTags; answer: TagPage; kind: 'read' };
  /** The saved views of the fact browser, the oldest first. */
  'view.list': { request: Empty; answer: ViewList; kind: 'read' };
  /** Keeps a view of the fact browser. */
  'view.save': { request: SaveView; answer: SavedView; kind: 'write' };
  /** Deletes a saved view. */
  'view.delete': { request: ViewRef; answer: Done; kind: 'write' };
  /** Lists all entities of a bank, the most mentioned first; kept while the bank does not change. */
  'entity.list': { request: ListEntities; answer: EntityList; kind: 'read' };
  /** Groups the entities of a bank whose names look alike. */
  'entity.alikes': { request: ListAlikes; answer: Alikes; kind: 'read' };
  /** Tells which facts a merge of entities would rewrite, and how. */
  'entity.mergePlan': { request: PlanMerge; answer: MergePlan; kind: 'read' };
  /** Draws what is around a fact or an entity. */
  'graph.around': { request: GraphAroundNode; answer: Graph; kind: 'read' };
  /** Draws the latest facts of a bank with what they name. */
  'graph.bank': { request: GraphOfBank; answer: Graph; kind: 'read' };
  /** Draws which entities of a bank stand together in facts. */
  'graph.entities': { request: GraphOfEntities; answer: Graph; kind: 'read' };
  /** Writes a picture of a graph into the Downloads folder. */
  'graph.savePicture': { request: SaveGraphPicture; answer: WrittenFile; kind: 'write' };
  /** Counts the facts of a bank along a clock. */
  'timeline.strip': { request: CountOverTime; answer: Strip; kind: 'read' };
  /** Looks for facts that lack a time, a stretch of the list at a time. */
  'timeline.undated': { request: ListUndated; answer: Undated; kind: 'read' };
  /** Lists documents of a bank, the one stored last first. */
  'document.list': { request: ListDocuments; answer: DocumentPage; kind: 'read' };
  /** Reads a document with its text, and the turn it came from. */
  'document.read': { request: OneDocument; answer: DocumentView; kind: 'read' };
  /** Reads the chunks of a document, in its order. */
  'document.chunks': { request: ListChunks; answer: ChunkPage; kind: 'read' };
  /** Reads what was done to a document, newest first. */
  'document.history': { request: OneDocument; answer: DocumentHistory; kind: 'read' };
  /** Counts what goes with a document when it is deleted. */
  'document.goes': { request: OneDocument; answer: DocumentGoes; kind: 'read' };
  /** Gives a document other tags; its facts follow, its observations are made anew. */
  'document.retag': { request: RetagDocument; answer: Done; kind: 'write' };
  /** Begins to extract a document's facts anew. */
  'document.reprocess': { request: OneDocument; answer: Reprocessing; kind: 'write' };
  /** Puts another text in the place of a document's and begins to extract its facts. */
  'document.replace': { request: ReplaceDocument; answer: Reprocessing; kind: 'write' };
  /** Deletes a document with its facts. */
  'document.delete': { request: OneDocument; answer: DocumentDeleted; kind: 'write' };
  /** Changes facts as one run. A small one is made before it answers, a bigger one goes on by itself. */
  'memory.change': { request: ChangeMemories; answer: RunView; kind: 'write' };
  /** Changes all facts that match a filter as one run. */
  'memory.changeMatching': { request: ChangeMatching; answer: RunView; kind: 'write' };
  /** Does the same to some facts, worked out for each, as one run. */
  'memory.edit': { request: EditMemories; answer: RunView; kind: 'write' };
  /** Makes one entity of several by rewriting their facts, as one run. */
  'entity.merge': { request: MergeEntities; answer: RunView; kind: 'write' };
  /** What an edit would do: facts, those that cannot change, observations made anew. */
  'review.preview': { request: PreviewEdit; answer: ChangePreview; kind: 'read' };
  /** Looks a whole bank through: duplicates, superseded, undated, orphaned, instruction-like facts and more. */
  'review.find': { request: FindInBank; answer: FindEvent; kind: 'stream' };
  /** Keeps both facts of a pair: no later check brings it up, until one of the texts changes. */
  'review.keepPair': { request: KeepPair; answer: Done; kind: 'write' };
  /** Pairs that are kept, the latest first. */
  'review.keptPairs': { request: ListKeptPairs; answer: KeptPairPage; kind: 'read' };
  /** Forgets that pairs were kept; the next check brings them up again. */
  'review.forgetPairs': { request: ForgetPairs; answer: Done; kind: 'write' };
  /** Runs of changes, the newest first. */
  'run.list': { request: ListRuns; answer: RunPage; kind: 'read' };
  /** A run with its changes. */
  'run.get': { request: GetRun; answer: ChangePage; kind: 'read' };
  /** Takes a run back, as far as nobody else changed its facts since. */
  'run.undo': { request: UndoRun; answer: RunView; kind: 'write' };
  /** Does again what was taken back. */
  'run.redo': { request: JournalRef; answer: RunView; kind: 'write' };
  /** Takes back all runs of one action over several banks. */
  'run.undoTogether': { request: JournalRef; answer: RunsTogether; kind: 'write' };
  /** Does again all runs of one action over several banks. */
  'run.redoTogether': { request: JournalRef; answer: RunsTogether; kind: 'write' };
  /** Goes on with a run that halted, and tries again what was refused. */
  'run.resume': { request: JournalRef; answer: RunView; kind: 'write' };
  /** Stops a run where it is. */
  'run.stop': { request: JournalRef; answer: RunView; kind: 'write' };
  /** Takes a run out of the journal; it cannot be undone any more. */
  'run.forget': { request: JournalRef; answer: Done; kind: 'write' };
  /** Answers what a turn would ask a bank, by all settings that hold for it. */
  'lab.defaults': { request: LabDefaultsOf; answer: LabDefaults; kind: 'read' };
  /** Recalls by hand, with the stages that the trace tells of. */
  'lab.recall': { request: LabRecall; answer: LabRecalled; kind: 'read' };
  /** Reflects by hand. It asks the server's model and may cost money. */
  'lab.reflect': { request: LabReflect; answer: LabReflected; kind: 'read' };
  /** Retains by hand. */
  'lab.retain': { request: LabRetain; answer: LabRetained; kind: 'write' };
  /** Reads a text as a retain would and stores nothing. It may ask the server's model and cost money. */
  'lab.tryRetain': { request: LabTryRetain; answer: LabTried; kind: 'read' };
  /** Answers what came of a retain so far. */
  'lab.learned': { request: LabRetainedOf; answer: LabLearned; kind: 'read' };
  /** Ends a call of the lab that runs. */
  'lab.cancel': { request: LabCancel; answer: Done; kind: 'write' };
  /** Names the first gate that kept a fact out of an answer, and the smallest change that lets it in. */
  'lab.whyNot': { request: LabWhyNot; answer: WhyNot; kind: 'read' };
  /** Lists the saved checks with their last results. */
  'check.list': { request: Empty; answer: CheckList; kind: 'read' };
  /** Saves a check. */
  'check.save': { request: SaveCheck; answer: Check; kind: 'write' };
  /** Deletes a check. */
  'check.delete': { request: CheckRef; answer: Done; kind: 'write' };
  /** Runs checks, one after the other, and tells each that is done. */
  'check.run': { request: RunChecks; answer: CheckProgress; kind: 'stream' };
  /** Writes checks as YAML. */
  'check.export': { request: ExportChecks; answer: CheckYaml; kind: 'read' };
  /** Writes checks as YAML into a file among the person's downloads. */
  'check.saveFile': { request: ExportChecks; answer: WrittenFile; kind: 'write' };
  /** Adds the checks of a YAML file. */
  'check.import': { request: ImportChecks; answer: ImportedChecks; kind: 'write' };
  /** Begins a file that comes from the page in slices. */
  'upload.begin': { request: BeginUpload; answer: Upload; kind: 'write' };
  /** Adds a slice of a file. */
  'upload.append': { request: AppendUpload; answer: Upload; kind: 'write' };
  /** Says that all of a file has come; its id is handed to what reads it. */
  'upload.finish': { request: UploadRef; answer: UploadedFile; kind: 'write' };
  /** Removes a file that is not wanted any more. */
  'upload.discard': { request: UploadRef; answer: Done; kind: 'write' };
  /** Looks into a file: whose export it is, and which conversations are in it. */
  'intake.glance': { request: GlanceAt; answer: IntakeGlance; kind: 'read' };
  /** Reads a part of a plan without storing anything. */
  'intake.sample': { request: SampleIntake; answer: SampleEvent; kind: 'stream' };
  /** Brings memory in, in the background. */
  'intake.start': { request: StartIntake; answer: Batch; kind: 'write' };
  /** All that was brought in. */
  'intake.batches': { request: Empty; answer: BatchList; kind: 'read' };
  /** Stops a batch; it can go on. */
  'intake.stop': { request: BatchRef; answer: Done; kind: 'write' };
  /** Lets a batch go on, or tries again what failed. */
  'intake.resume': { request: BatchRef; answer: Batch; kind: 'write' };
  /** Takes a batch out of memory again, in the background. */
  'intake.undo': { request: BatchRef; answer: Batch; kind: 'write' };
  /** Forgets a batch; what it brought in stays. */
  'intake.forget': { request: BatchRef; answer: Done; kind: 'write' };
  /** Writes facts into a file. */
  'memory.takeOut': { request: TakeOut; answer: OutletEvent; kind: 'stream' };
}

/** What each command does, and what it answers from or makes stale. */
export const COMMANDS = {
  'app.info': { kind: 'read', tags: ['secrets'] },
  'app.preferences': { kind: 'read', tags: ['preferences'] },
  'app.savePreferences': { kind: 'write', tags: ['preferences'] },
  'app.diagnostics': { kind: 'read', tags: [] },
  'app.openUrl': { kind: 'write', tags: [] },
  'app.events': { kind: 'stream', tags: [] },
  'engine.status': { kind: 'read', tags: ['engine'] },
  'engine.saveModel': { kind: 'write', tags: ['engine'] },
  'engine.loadSample': { kind: 'write', tags: ['engine', 'banks'] },
  'engine.removeSample': { kind: 'write', tags: ['engine', 'banks'] },
  'chat.list': { kind: 'read', tags: ['chats'] },
  'chat.create': { kind: 'write', tags: ['chats'] },
  'chat.open': { kind: 'read', tags: ['chat'] },
  'chat.messages': { kind: 'read', tags: ['chat'] },
  'chat.siblings': { kind: 'read', tags: ['chat'] },
  'chat.image': { kind: 'read', tags: [] },
  'chat.update': { kind: 'write', tags: ['chats', 'chat'] },
  'chat.saveDraft': { kind: 'write', tags: [] },
  'chat.delete': { kind: 'write', tags: ['chats', 'outbox'] },
  'chat.showBranch': { kind: 'write', tags: ['chat', 'outbox'] },
  'chat.search': { kind: 'read', tags: ['chats'] },
  'turn.start': { kind: 'write', tags: ['chats', 'chat'] },
  'turn.retry': { kind: 'write', tags: ['chats', 'chat'] },
  'turn.attach': { kind: 'stream', tags: [] },
  'turn.cancel': { kind: 'write', tags: [] },
  'turn.answerTool': { kind: 'write', tags: [] },
  'turn.skipMemory': { kind: 'write', tags: [] },
  'turn.resume': { kind: 'write', tags: ['breakpoints', 'chats'] },
  'turn.pausedBlock': { kind: 'read', tags: [] },
  'turn.record': { kind: 'read', tags: ['record'] },
  'turn.body': { kind: 'read', tags: [] },
  'turn.changes': { kind: 'read', tags: [] },
  'turn.curl': { kind: 'read', tags: [] },
  'chat.meter': { kind: 'read', tags: ['chat', 'record', 'providers'] },
  'turn.replayPrice': { kind: 'read', tags: ['providers', 'record'] },
  'turn.replay': { kind: 'write', tags: ['replays'] },
  'turn.stopReplay': { kind: 'write', tags: ['replays'] },
  'turn.deleteReplay': { kind: 'write', tags: ['replays'] },
  'turn.replays': { kind: 'read', tags: ['replays'] },
  'turn.retryRetain': { kind: 'write', tags: ['outbox', 'record'] },
  'turn.answerRetain': { kind: 'write', tags: ['outbox', 'record', 'chat', 'chats'] },
  'turn.learned': { kind: 'read', tags: ['memories', 'record', 'runs'] },
  'turn.lookAgain': { kind: 'write', tags: [] },
  'turn.moveLearned': { kind: 'write', tags: ['memories', 'record', 'runs', 'banks'] },
  'turn.moveLearnedBack': { kind: 'write', tags: ['memories', 'record', 'runs', 'banks'] },
  'memory.status': { kind: 'read', tags: ['chat', 'servers', 'providers', 'outbox'] },
  'injection.list': { kind: 'read', tags: ['chat', 'record', 'outbox'] },
  'injection.names': { kind: 'read', tags: ['chat', 'record', 'servers'] },
  'injection.unechoed': { kind: 'read', tags: ['record'] },
  'injection.uninfluential': { kind: 'read', tags: ['replays'] },
  'bundle.preview': { kind: 'read', tags: ['record'] },
  'bundle.save': { kind: 'write', tags: [] },
  'bundle.open': { kind: 'write', tags: [] },
  'bundle.close': { kind: 'write', tags: [] },
  'turn.stages': { kind: 'read', tags: ['record'] },
  'turn.whyNot': { kind: 'read', tags: [] },
  'turn.thenAndNow': { kind: 'read', tags: [] },
  'turn.reflectAgain': { kind: 'read', tags: [] },
  'turn.knownThen': { kind: 'read', tags: [] },
  'chat.memories': { kind: 'read', tags: ['chatMemories'] },
  'chat.setMemory': { kind: 'write', tags: ['chatMemories'] },
  'chat.breakpoints': { kind: 'read', tags: ['breakpoints'] },
  'chat.setBreakpoint': { kind: 'write', tags: ['breakpoints'] },
  'chat.removeBreakpoint': { kind: 'write', tags: ['breakpoints'] },
  'provider.list': { kind: 'read', tags: ['providers'] },
  'provider.save': { kind: 'write', tags: ['providers', 'models'] },
  'provider.delete': { kind: 'write', tags: ['providers', 'models'] },
  'provider.clearKey': { kind: 'write', tags: ['providers'] },
  'provider.check': { kind: 'read', tags: [] },
  'provider.models': { kind: 'read', tags: ['models'] },
  'provider.findLocal': { kind: 'read', tags: [] },
  'provider.lookIntoEnvFile': { kind: 'read', tags: [] },
  'provider.importKey': { kind: 'write', tags: ['providers', 'models'] },
  'model.list': { kind: 'read', tags: ['models', 'providers'] },
  'server.list': { kind: 'read', tags: ['servers'] },
  'server.save': { kind: 'write', tags: ['servers'] },
  'server.delete': { kind: 'write', tags: ['servers'] },
  'server.clearKey': { kind: 'write', tags: ['servers'] },
  'server.makeDefault': { kind: 'write', tags: ['servers'] },
  'server.check': { kind: 'read', tags: [] },
  'server.features': { kind: 'read', tags: ['servers'] },
  'server.banks': { kind: 'read', tags: ['servers', 'banks'] },
  'bank.settings': { kind: 'read', tags: ['bankSettings'] },
  'bank.saveSettings': { kind: 'write', tags: ['bankSettings', 'chat'] },
  'profile.list': { kind: 'read', tags: ['profiles'] },
  'profile.save': { kind: 'write', tags: ['profiles', 'chat'] },
  'profile.delete': { kind: 'write', tags: ['profiles', 'chat'] },
  'bank.list': { kind: 'read', tags: ['servers', 'banks', 'memories'] },
  'bank.alike': { kind: 'read', tags: ['servers', 'banks'] },
  'bank.create': { kind: 'write', tags: ['banks', 'bankConfig', 'directives', 'mentalModels'] },
  'bank.uses': { kind: 'read', tags: ['banks', 'chats', 'profiles', 'servers'] },
  'bank.useByDefault': { kind: 'write', tags: ['servers', 'chat'] },
  'bank.delete': { kind: 'write', tags: ['banks', 'memories', 'bankConfig', 'operations'] },
  'bank.aliases': { kind: 'read', tags: ['banks'] },
  'bank.rename': { kind: 'write', tags: ['banks'] },
  'bank.addAlias': { kind: 'write', tags: ['banks'] },
  'bank.removeAlias': { kind: 'write', tags: ['banks'] },
  'bank.template': { kind: 'read', tags: ['bankConfig', 'directives', 'mentalModels'] },
  'bank.tryTemplate': { kind: 'read', tags: ['bankConfig', 'directives', 'mentalModels'] },
  'bank.applyTemplate': { kind: 'write', tags: ['banks', 'bankConfig', 'directives', 'mentalModels', 'operations'] },
  'bank.saveTemplate': { kind: 'write', tags: [] },
  'bank.moves': { kind: 'read', tags: ['bankMoves'] },
  'bank.clone': { kind: 'write', tags: ['bankMoves'] },
  'bank.transfer': { kind: 'write', tags: ['bankMoves'] },
  'bank.archive': { kind: 'write', tags: ['bankMoves'] },
  'bank.archiveInfo': { kind: 'read', tags: [] },
  'bank.restore': { kind: 'write', tags: ['bankMoves'] },
  'bank.cancelMove': { kind: 'write', tags: ['bankMoves'] },
  'bank.followMove': { kind: 'write', tags: ['bankMoves', 'banks', 'memories'] },
  'bank.forgetMove': { kind: 'write', tags: ['bankMoves'] },
  'bankConfig.read': { kind: 'read', tags: ['bankConfig', 'engine'] },
  'bankConfig.change': { kind: 'write', tags: ['bankConfig', 'missions', 'banks'] },
  'bankConfig.reset': { kind: 'write', tags: ['bankConfig', 'missions', 'banks'] },
  'bankConfig.prompts': { kind: 'read', tags: ['bankConfig', 'directives'] },
  'mission.save': { kind: 'write', tags: ['bankConfig', 'missions', 'banks'] },
  'mission.revert': { kind: 'write', tags: ['bankConfig', 'missions', 'banks'] },
  'mission.versions': { kind: 'read', tags: ['missions'] },
  'mission.countTokens': { kind: 'read', tags: [] },
  'mission.planLab': { kind: 'read', tags: ['memories', 'bankConfig', 'engine'] },
  'mission.lab': { kind: 'stream', tags: [] },
  'observation.scopes': { kind: 'read', tags: ['memories'] },
  'observation.consolidate': { kind: 'write', tags: ['memories'] },
  'observation.recover': { kind: 'write', tags: ['memories'] },
  'observation.clear': { kind: 'write', tags: ['memories'] },
  'observation.strategies': { kind: 'read', tags: ['memories'] },
  'directive.list': { kind: 'read', tags: ['directives'] },
  'directive.create': { kind: 'write', tags: ['directives'] },
  'directive.update': { kind: 'write', tags: ['directives'] },
  'directive.delete': { kind: 'write', tags: ['directives'] },
  'mentalModel.list': { kind: 'read', tags: ['mentalModels'] },
  'mentalModel.read': { kind: 'read', tags: ['mentalModels'] },
  'mentalModel.history': { kind: 'read', tags: ['mentalModels'] },
  'mentalModel.create': { kind: 'write', tags: ['mentalModels', 'operations', 'knowledge'] },
  'mentalModel.update': { kind: 'write', tags: ['mentalModels', 'knowledge'] },
  'mentalModel.delete': { kind: 'write', tags: ['mentalModels', 'knowledge'] },
  'mentalModel.clear': { kind: 'write', tags: ['mentalModels', 'knowledge'] },
  'mentalModel.refresh': { kind: 'write', tags: ['operations'] },
  'mentalModel.dryRun': { kind: 'read', tags: [] },
  'knowledge.tree': { kind: 'read', tags: ['knowledge'] },
  'knowledge.read': { kind: 'read', tags: ['knowledge'] },
  'knowledge.search': { kind: 'read', tags: ['knowledge'] },
  'knowledge.export': { kind: 'write', tags: [] },
  'knowledge.createFolder': { kind: 'write', tags: ['knowledge'] },
  'knowledge.createPage': { kind: 'write', tags: ['knowledge', 'operations'] },
  'knowledge.update': { kind: 'write', tags: ['knowledge'] },
  'knowledge.delete': { kind: 'write', tags: ['knowledge', 'mentalModels'] },
  'webhook.list': { kind: 'read', tags: ['webhooks'] },
  'webhook.deliveries': { kind: 'read', tags: ['webhooks'] },
  'webhook.create': { kind: 'write', tags: ['webhooks'] },
  'webhook.update': { kind: 'write', tags: ['webhooks'] },
  'webhook.delete': { kind: 'write', tags: ['webhooks'] },
  'stats.read': { kind: 'read', tags: ['memories'] },
  'stats.overTime': { kind: 'read', tags: ['memories'] },
  'llmHealth.read': { kind: 'read', tags: [] },
  'operation.list': { kind: 'read', tags: ['operations'] },
  'operation.read': { kind: 'read', tags: ['operations'] },
  'operation.cancel': { kind: 'write', tags: ['operations'] },
  'operation.retry': { kind: 'write', tags: ['operations'] },
  'operation.forget': { kind: 'write', tags: ['operations'] },
  'audit.list': { kind: 'read', tags: ['audit'] },
  'audit.read': { kind: 'read', tags: ['audit'] },
  'audit.volume': { kind: 'read', tags: ['audit'] },
  'audit.state': { kind: 'read', tags: ['bankConfig'] },
  'audit.switch': { kind: 'write', tags: ['bankConfig'] },
  'follow.look': { kind: 'read', tags: [] },
  'follow.read': { kind: 'read', tags: ['llmRequests'] },
  'llmRequest.list': { kind: 'read', tags: ['llmRequests'] },
  'llmRequest.read': { kind: 'read', tags: ['llmRequests'] },
  'llmRequest.volume': { kind: 'read', tags: ['llmRequests'] },
  'memory.list': { kind: 'read', tags: ['memories'] },
  'memory.get': { kind: 'read', tags: ['memories'] },
  'memory.around': { kind: 'read', tags: ['memories'] },
  'memory.source': { kind: 'read', tags: ['memories'] },
  'memory.observations': { kind: 'read', tags: ['memories'] },
  'memory.clearObservations': { kind: 'write', tags: ['memories'] },
  'memory.history': { kind: 'read', tags: ['memories'] },
  'memory.changes': { kind: 'read', tags: ['memories', 'runs'] },
  'memory.turns': { kind: 'read', tags: ['memories', 'chats'] },
  'memory.llmRequests': { kind: 'read', tags: ['memories'] },
  'memory.tags': { kind: 'read', tags: ['memories'] },
  'view.list': { kind: 'read', tags: ['views'] },
  'view.save': { kind: 'write', tags: ['views'] },
  'view.delete': { kind: 'write', tags: ['views'] },
  'entity.list': { kind: 'read', tags: ['memories'] },
  'entity.alikes': { kind: 'read', tags: ['memories'] },
  'entity.mergePlan': { kind: 'read', tags: ['memories'] },
  'graph.around': { kind: 'read', tags: ['memories'] },
  'graph.bank': { kind: 'read', tags: ['memories'] },
  'graph.entities': { kind: 'read', tags: ['memories'] },
  'graph.savePicture': { kind: 'write', tags: [] },
  'timeline.strip': { kind: 'read', tags: ['memories'] },
  'timeline.undated': { kind: 'read', tags: ['memories'] },
  'document.list': { kind: 'read', tags: ['memories'] },
  'document.read': { kind: 'read', tags: ['memories'] },
  'document.chunks': { kind: 'read', tags: ['memories'] },
  'document.history': { kind: 'read', tags: ['memories'] },
  'document.goes': { kind: 'read', tags: ['memories'] },
  'document.retag': { kind: 'write', tags: ['memories'] },
  'document.reprocess': { kind: 'write', tags: ['memories'] },
  'document.replace': { kind: 'write', tags: ['memories'] },
  'document.delete': { kind: 'write', tags: ['memories'] },
  'memory.change': { kind: 'write', tags: ['memories', 'runs'] },
  'memory.changeMatching': { kind: 'write', tags: ['memories', 'runs'] },
  'memory.edit': { kind: 'write', tags: ['memories', 'runs'] },
  'entity.merge': { kind: 'write', tags: ['memories', 'runs'] },
  'review.preview': { kind: 'read', tags: ['memories'] },
  'review.find': { kind: 'stream', tags: ['memories'] },
  'review.keepPair': { kind: 'write', tags: ['keptPairs'] },
  'review.keptPairs': { kind: 'read', tags: ['keptPairs'] },
  'review.forgetPairs': { kind: 'write', tags: ['keptPairs'] },
  'run.list': { kind: 'read', tags: ['runs'] },
  'run.get': { kind: 'read', tags: ['runs'] },
  'run.undo': { kind: 'write', tags: ['memories', 'runs'] },
  'run.redo': { kind: 'write', tags: ['memories', 'runs'] },
  'run.undoTogether': { kind: 'write', tags: ['memories', 'runs'] },
  'run.redoTogether': { kind: 'write', tags: ['memories', 'runs'] },
  'run.resume': { kind: 'write', tags: ['memories', 'runs'] },
  'run.stop': { kind: 'write', tags: ['memories', 'runs'] },
  'run.forget': { kind: 'write', tags: ['runs'] },
  'lab.defaults': { kind: 'read', tags: ['servers', 'bankSettings', 'profiles', 'chat'] },
  'lab.recall': { kind: 'read', tags: [] },
  'lab.reflect': { kind: 'read', tags: [] },
  'lab.retain': { kind: 'write', tags: ['memories', 'banks'] },
  'lab.tryRetain': { kind: 'read', tags: [] },
  'lab.learned': { kind: 'read', tags: ['memories'] },
  'lab.cancel': { kind: 'write', tags: [] },
  'lab.whyNot': { kind: 'read', tags: [] },
  'check.list': { kind: 'read', tags: ['checks'] },
  'check.save': { kind: 'write', tags: ['checks'] },
  'check.delete': { kind: 'write', tags: ['checks'] },
  'check.run': { kind: 'stream', tags: [] },
  'check.export': { kind: 'read', tags: ['checks'] },
  'check.saveFile': { kind: 'write', tags: [] },
  'check.import': { kind: 'write', tags: ['checks'] },
  'upload.begin': { kind: 'write', tags: [] },
  'upload.append': { kind: 'write', tags: [] },
  'upload.finish': { kind: 'write', tags: [] },
  'upload.discard': { kind: 'write', tags: [] },
  'intake.glance': { kind: 'read', tags: [] },
  'intake.sample': { kind: 'stream', tags: [] },
  'intake.start': { kind: 'write', tags: ['batches'] },
  'intake.batches': { kind: 'read', tags: ['batches'] },
  'intake.stop': { kind: 'write', tags: ['batches'] },
  'intake.resume': { kind: 'write', tags: ['batches'] },
  'intake.undo': { kind: 'write', tags: ['batches'] },
  'intake.forget': { kind: 'write', tags: ['batches'] },
  'memory.takeOut': { kind: 'stream', tags: [] },
} as const;
