// index.d.ts - TypeScript definitions
export interface AgentConfig {
  systemPrompt?: string;
  provider?: string;
  model?: string;
  tools?: Tool[];
  maxTokens?: number;
  temperature?: number;
}

export interface Tool {
  name: string;
  description: string;
  schema: any;
  execute: (params: any) => Promise<any> | any;
}

export interface AgentExecutionResult {
  content: string;
  metadata: {
    tokens_used?: number;
    execution_time_ms?: number;
    tools_used?: string[];
  };
}

export declare class Agent {
  constructor(config: AgentConfig);

  chat(message: string): Promise<string>;
  chatSync(message: string): string;
  execute(input: any): Promise<AgentExecutionResult>;
  addTool(tool: Tool): void;
  getState(): any;
}

export interface WorkflowStep {
  name: string;
  agent?: Agent;
  tool?: Tool;
  input?: any;
  output?: string;
}

export interface WorkflowConfig {
  type: "sequential" | "parallel" | "conditional";
  steps: WorkflowStep[];
  timeout?: number;
}

export declare class Workflow {
  constructor(config: WorkflowConfig);
  execute(input: any): Promise<any>;
  pause(): Promise<string>; // Returns checkpoint
  resume(checkpoint: string): Promise<void>;
}

export declare function createTool(config: {
  name: string;
  description: string;
  schema: any;
  execute: (params: any) => any;
}): Tool;

export declare function version(): string;
