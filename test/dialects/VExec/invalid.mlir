// RUN: vspec-opt %s --split-input-file --verify-diagnostics

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{'vexec.slice' op has offset 32, which is no multiple of 64}}
    %x = vexec.slice "x" [32, 16]
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    %fits = vexec.slice "fits" [0, 64]
    // expected-error @below {{'vexec.slice' op ends at byte 128, but the arena has 64}}
    %x = vexec.slice "x" [64, 64]
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{'vexec.slice' op ends at byte 9223372036854775871, but the arena has 64}}
    %x = vexec.slice "x" [64, 9223372036854775807]
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{'vexec.slice' op attribute 'offset' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
    %x = vexec.slice "x" [-64, 64]
  }
}

// -----

vexec.program @step {
  // expected-error @below {{'vexec.variant' op attribute 'row_capacity' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  vexec.variant @decode rows 0 arena 64 {
  }
}

// -----

// expected-error @below {{'vexec.variant' op expects parent op 'vexec.program'}}
vexec.variant @decode rows 1 arena 64 {
}

// -----

vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{'vexec.weight_ref' op names @cache, which is no weight}}
    %w = vexec.weight_ref @cache
  }
}

// -----

vspec.weight @w : !vspec.weight<32x64, "f32"> {source = "w"}
vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{'vexec.state_ref' op names @w, which is no state}}
    %c = vexec.state_ref @w
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{'vexec.launch' op names @step, which is no kernel}}
    vexec.launch @step "x" grid <rows = 1> () writes ()
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{grid has divisor 0, but it must be positive}}
    vexec.launch @kernel "x" grid <rows = 1, divisor = 0> () writes ()
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{grid has a negative term}}
    vexec.launch @kernel "x" grid <rows = -1> () writes ()
  }
}

// -----

vexec.program @step {
  vexec.variant @decode rows 1 arena 64 {
    // expected-error @below {{grid has a negative term}}
    vexec.launch @kernel "x" grid <constant = -8, position = 1, divisor = 8> () writes ()
  }
}

// -----

// expected-error @below {{'vexec.kernel' op needs one function, @body, of one block}}
vexec.kernel @no_body {
}

// -----

// expected-error @below {{'vexec.kernel' op needs one function, @body, of one block}}
vexec.kernel @declared_body {
  func.func private @body()
}

// -----

// expected-error @below {{'vexec.kernel' op needs one function, @body, of one block}}
vexec.kernel @two_functions {
  func.func @body() {
    return
  }
  func.func @other() {
    return
  }
}

// -----

// expected-error @below {{'vexec.kernel' op needs one function, @body, of one block}}
vexec.kernel @another_name {
  func.func @main() {
    return
  }
}

// -----

// expected-error @below {{'vexec.kernel' op holds 'vexec.rows', but can hold weights, states and @body}}
vexec.kernel @holds_rows {
  func.func @body() {
    return
  }
  // expected-note @below {{it is here}}
  %r = vexec.rows
}
